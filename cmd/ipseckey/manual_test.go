package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// after is what must hold when an example of the manual has run, by its place there.
var after = []string{
	"exec ipseckey -n dump\nlines 2 stdout SADB_ASSOC\nlines 1 stdout 'HLT: 28800 seconds of post-use lifetime.'\n",
	"stdout 'HLT: 57600 seconds of post-use lifetime.'\nstdout '\\(me.example.com\\)'\nexec ipseckey -n dump\nlines 1 stdout SADB_ASSOC\n! stdout 0x2113\n",
	"grep 'spi 0x2112' ipsec.keys\n! stdout .\nstderr 'already exists.'\n",
}

// The examples of ipseckey(8) do what they say, as printed: what stands behind "# " is typed at a shell, what follows it at the
// program. Names are those of a file; /etc is the folder of the script. The last one loads what is still there.
func TestExamplesOfTheManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/ipseckey.8")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n.Sh EXAMPLES\n")
	section, _, _ = strings.Cut(section, "\n.Sh ")
	examples := strings.Split(section, "\n.Bd -literal -offset indent\n")[1:]
	if len(examples) != len(after) {
		t.Fatalf("%d examples, want %d", len(examples), len(after))
	}
	var script, files strings.Builder
	for i, example := range examples {
		example, _, _ = strings.Cut(example, "\n.Ed")
		for j, run := range strings.Split("\n"+example, "\n# ")[1:] {
			command, input, _ := strings.Cut(strings.ReplaceAll(run, "/etc/", ""), "\n")
			command = "exec " + command
			if strings.HasSuffix(command, "-f ipsec.keys") {
				command = "! " + command
			}
			fmt.Fprintf(&script, "stdin typed%d.%d\n%s\n", i, j, command)
			fmt.Fprintf(&files, "-- typed%d.%d --\n%s\n", i, j, strings.ReplaceAll(input, "ipseckey> ", ""))
		}
		script.WriteString(after[i])
	}
	dir := t.TempDir()
	whole := script.String() + files.String() + "-- hosts --\n10.0.0.1 me.example.com\n10.0.0.2 you.example.com\n"
	if err := os.WriteFile(filepath.Join(dir, "examples.txt"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, params(dir, serve))
}
