// Package ikescan probes a responder with ike-scan, which sends the first message of an exchange and reads the answer.
package ikescan

import (
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"

	"ikewit/netns"
)

// Missing tells what is not installed, nil when nothing.
func Missing() error {
	if _, err := exec.LookPath("ike-scan"); err != nil {
		return fmt.Errorf("%w: apt-get install ike-scan", err)
	}
	return nil
}

// Probe sends one message from a host to an address, once, and gives what ike-scan printed. options are its own: --trans=5,2,1,2.
func Probe(ctx context.Context, from *netns.Host, to netip.Addr, options string) (string, error) {
	if err := Missing(); err != nil {
		return "", err
	}
	args := append([]string{"--sport=500", "--retry=1", "--timeout=3000", "--multiline"}, strings.Fields(options)...)
	out, err := from.Command(ctx, "ike-scan", append(args, to.String())...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ike-scan: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
