package strongswan

import (
	"context"
	_ "embed"
	"fmt"
	"os/exec"
	"strings"

	"github.com/strongswan/govici/vici"

	"ikewit/harness/peer"
)

var _ peer.Foreign = (*Peer)(nil)

//go:embed known-failures.txt
var knownFailures string

// KnownFailures are those of strongSwan. The error names the line that makes no sense.
func KnownFailures() ([]peer.Known, error) {
	return peer.ParseKnown("harness/peer/strongswan/known-failures.txt", knownFailures)
}

// Version asks the program: "Linux strongSwan 5.9.8".
func Version(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, Charon, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", Charon, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// stands is in the line that charon logs when the SAs of a child are in place.
const stands = "CHILD_SA " + childName + "{"

// Pairs counts the lines that say so.
func (p *Peer) Pairs() int {
	n := 0
	for _, l := range p.journal.Lines(0) {
		if strings.Contains(l.Text, stands) && strings.Contains(l.Text, " established with SPIs") {
			n++
		}
	}
	return n
}

// Again rekeys the child, which in IKEv1 is another Quick Mode.
func (p *Peer) Again(ctx context.Context) error { return p.rekey(ctx, "child", childName) }

// Rekey begins another Main Mode: in IKEv1 charon authenticates anew.
func (p *Peer) Rekey(ctx context.Context) error { return p.rekey(ctx, "ike", connectionName) }

func (p *Peer) rekey(ctx context.Context, what, name string) error {
	m := vici.NewMessage()
	if err := m.Set(what, name); err != nil {
		return err
	}
	return p.ask(ctx, "rekey", m)
}

// Configuration is what charon was told.
func (p *Peer) Configuration() map[string]string {
	text, err := Config(p.terms)
	if err != nil {
		text = "# " + err.Error() + "\n"
	}
	return map[string]string{"strongswan.conf": p.strongswanConf(), "swanctl.conf": text}
}
