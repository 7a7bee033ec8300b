package ipseckey

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// commandsIn reads all commands of a text, each with the number of its last line.
func commandsIn(text string, joins func(string) bool) (list []string) {
	c := &commands{lines: newFileLines(strings.NewReader(text)), joins: joins}
	for {
		line, err := c.next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			line = err.Error()
		}
		list = append(list, fmt.Sprintf("%d %s", c.atLine, strings.Join(strings.Fields(line), " ")))
	}
}

func TestCommandsOfAText(t *testing.T) {
	long := strings.Repeat("x", longestLine)
	for name, row := range map[string]struct {
		text string
		want []string
	}{
		"nothing":                      {"", nil},
		"one":                          {"flush\n", []string{"1 flush"}},
		"no newline at the end":        {"flush", []string{"1 flush"}},
		"blank lines and comments":     {"\n# a\n  ## b\n \t\nflush\n", []string{"5 flush"}},
		"# later is no comment":        {"flush # all\n", []string{"1 flush # all"}},
		"backslash":                    {"flush\\\nesp\n", []string{"2 flush esp"}},
		"backslash, end of file":       {"flush \\", []string{"1 flush"}},
		"backslash, blank line":        {"add a\\\n\n  b\n", []string{"3 add a b"}},
		"backslash in a comment":       {"# a \\\nflush\ndump\n", []string{"3 dump"}},
		"backslash within":             {"flush \\ esp\n", []string{"1 flush \\ esp"}},
		"indented":                     {"add a\n b\n\tc\nflush\n", []string{"3 add a b c", "4 flush"}},
		"indented command":             {"add a\n flush\n", []string{"1 add a", "2 flush"}},
		"indented after blank":         {"add a\n\n b\n", []string{"1 add a", "3 b"}},
		"indented after comment":       {"add a\n# c\n b\n", []string{"1 add a", "3 b"}},
		"indented comment":             {"add a\n # c\n b\n", []string{"1 add a", "3 b"}},
		"indented and backslash":       {"add a\\\n b\n  c \\\nd\n", []string{"4 add a b c d"}},
		"carriage returns":             {"flush\r\n", []string{"1 flush"}},
		"longest":                      {long + "\nflush\n", []string{"1 " + long, "2 flush"}},
		"too long":                     {"flush\n" + long + "x\nflush\n", []string{"1 flush", "2 Line 2 too big.", "3 flush"}},
		"much too long":                {long + long + long + "\nflush\n", []string{"1 Line 1 too big.", "2 flush"}},
		"too long together":            {long[:3000] + "\\\n" + long[:3000] + "\nflush\n", []string{"2 Command buffer overrun.", "3 flush"}},
		"too long together, indented":  {long[:3000] + "\n " + long[:3000] + "\nflush\n", []string{"2 Command buffer overrun.", "3 flush"}},
		"wrong behind is not of these": {"flush\n " + long + "\n", []string{"1 flush", "2 Line 2 too big."}},
	} {
		if got := commandsIn(row.text, func(string) bool { return true }); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %.200q, want %.200q", name, got, row.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		``:                         {},
		"  a \t b\v\fc\r":          {"a", "b", "c"},
		`a "b c" d`:                {"a", "b c", "d"},
		`a"b c"d`:                  {"ab cd"},
		`""`:                       {""},
		`a "" b`:                   {"a", "", "b"},
		`"x"`:                      {"x"},
		strings.Repeat("a ", 256):  strings.Fields(strings.Repeat("a ", 256)),
		"näme":                     {"näme"},
		`srcidtype fqdn "a # \ b"`: {"srcidtype", "fqdn", `a # \ b`},
	} {
		if got, err := split(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]error{`a "b`: errQuote, `"`: errQuote, strings.Repeat("a ", 257): errTokens} {
		if _, err := split(text); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
}

func TestLinesThatAreTooMuchEndAFile(t *testing.T) {
	for name, row := range map[string]struct{ text, said string }{
		"line":   {"flush\n" + strings.Repeat("x", 5000) + "\nflush\n", "ipseckey: Line 2 too big.\nipseckey: Parse error on line 2.\n"},
		"buffer": {strings.Repeat("flush \\\n", 1000), "ipseckey: Command buffer overrun.\nipseckey: Parse error on line 586.\n"},
		"words":  {strings.Repeat("a ", 300), "ipseckey: Too many input tokens.\nipseckey: Parse error on line 1.\n"},
		"quotes": {`flush "`, "ipseckey: Unmatched quotation mark.\nipseckey: Parse error on line 1.\n"},
	} {
		r := newRun(t, newEngine(t, nil), Options{})
		status := r.file(t, row.text)
		t.Log(name)
		r.want(t, status, StatusFailed, row.said)
	}
}

// A person types slowly: only what comes at once with an add or update belongs to it.
func TestSessionJoinsOnlyWhatComesAtOnce(t *testing.T) {
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := newRun(t, newEngine(t, nil), Options{})
	r.In = in
	prompted := make(chan struct{}, 10)
	r.Program = New(Config{In: in, Out: tap{&r.stdout, prompted}, Err: &r.stderr, Engine: r.Engine, Names: noNames{}})
	done := make(chan int)
	go func() { done <- r.Session() }()
	say := func(text string) {
		<-prompted // it waits for a command: what is said now comes late
		typed.WriteString(text)
	}
	say("add ah spi 0x101 dst 10.0.0.2 auth_alg md5\n    authkey " + md5Key + "\n")
	say("add ah spi 0x102 dst 10.0.0.2 auth_alg md5\n")
	say("    authkey " + md5Key + "\n")
	say("flush\n    esp\n")
	<-prompted
	typed.Close()
	select {
	case status := <-done:
		r.want(t, status, StatusOK, lines("ipseckey: Must have at least one key for an add.", "ipseckey: Unknown command (authkey).",
			"Usage:\tipseckey [ -nvp ] | cmd [sa_type] [extfield value]*", "\tipseckey [ -nvp ] -f infile", "\tipseckey [ -nvp ] -s outfile",
			"ipseckey: Unknown command (esp).",
			"Usage:\tipseckey [ -nvp ] | cmd [sa_type] [extfield value]*", "\tipseckey [ -nvp ] -f infile", "\tipseckey [ -nvp ] -s outfile"))
	case <-time.After(10 * time.Second):
		t.Fatal("the session does not end")
	}
}

// A tap tells when the prompt was written.
type tap struct {
	w        io.Writer
	prompted chan struct{}
}

func (t tap) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	for range strings.Count(string(p), prompt) {
		t.prompted <- struct{}{}
	}
	return n, err
}
