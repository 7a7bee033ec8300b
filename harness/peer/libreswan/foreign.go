package libreswan

import (
	"context"
	_ "embed"
	"fmt"
	"os/exec"
	"strings"

	"ikewit/harness/peer"
)

var _ peer.Foreign = (*Peer)(nil)

//go:embed known-failures.txt
var knownFailures string

// KnownFailures are those of libreswan. The error names the line that makes no sense.
func KnownFailures() ([]peer.Known, error) {
	return peer.ParseKnown("harness/peer/libreswan/known-failures.txt", knownFailures)
}

// Version asks the program: "Libreswan 4.10".
func Version(ctx context.Context) (string, error) {
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, pluto(root), "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", pluto(root), err)
	}
	words := strings.Fields(string(out))
	return strings.Join(words[:min(2, len(words))], " "), nil
}

// stands is in the line that pluto logs when both SAs are in place.
const stands = "IPsec SA established"

// Pairs counts the lines that say so.
func (p *Peer) Pairs() int {
	n := 0
	for _, l := range p.journal.Lines(peer.Err) {
		if strings.Contains(l.Text, stands) {
			n++
		}
	}
	return n
}

// Again initiates once more: there is a phase 1, so that it is a Quick Mode. --rekey-ipsec is for IKEv2 only.
func (p *Peer) Again(ctx context.Context) error { return p.whack(ctx, "--initiate") }

// Rekey replaces the ISAKMP SA.
func (p *Peer) Rekey(ctx context.Context) error { return p.whack(ctx, "--rekey-ike") }

func (p *Peer) whack(ctx context.Context, order string) error {
	return p.run(ctx, "whack", "--rundir", p.path("run"), "--name", connectionName, order)
}

// Configuration is what pluto was told.
func (p *Peer) Configuration() map[string]string {
	text, err := Config(p.terms)
	if err != nil {
		text = "# " + err.Error() + "\n"
	}
	return map[string]string{"ipsec.conf": text}
}
