package steps

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cucumber/godog"

	"ikewit/harness/peer"
	"ikewit/harness/world"
)

// secretRows are the sentences about secrets. Who is told nothing shares one that is drawn for the case.
func secretRows(s *scenario) []row {
	return []row{
		{"{host} knows the secret {string}", arranges, "for any peer", func(host, secret string) error { return s.w.Secret(host, unquote(secret)) }},
		{"{host} has the secrets file:", arranges, "the file, word for word; {bob} is bob's address", func(host string, text *godog.DocString) error {
			return s.w.SecretsFile(host, text.Content)
		}},
		{"{host} has no secrets file", arranges, "the file is not there", func(host string) error { return s.w.NoSecrets(host) }},
		{"{host}'s secrets file has mode {int}", arranges, "octal, like 0666", func(host, mode string) error {
			n, err := strconv.ParseUint(mode, 8, 16)
			if err != nil {
				return fmt.Errorf("%q is no file mode", mode)
			}
			return s.w.SecretsMode(host, os.FileMode(n))
		}},
		{"the secret appears in no output", checks, "no stream of any run contains it", func() error { return s.noSecretSaid() }},
	}
}

func (s *scenario) noSecretSaid() error {
	for _, secret := range s.w.Secrets() {
		for _, p := range s.w.Running() {
			if said := p.Journal().Has(0, secret); said {
				return &world.Mismatch{Code: "output", What: "what " + p.Host() + " says", Expected: "nothing of the secret", Actual: "the secret, in clear"}
			}
			if hex := fmt.Sprintf("%x", secret); saysHex(p, hex) {
				return &world.Mismatch{Code: "output", What: "what " + p.Host() + " says", Expected: "nothing of the secret", Actual: "the secret, in hex"}
			}
		}
	}
	return nil
}

// saysHex looks for the secret in a dump too, where octets stand apart.
func saysHex(p peer.Peer, hex string) bool {
	var all strings.Builder
	for _, l := range p.Journal().Lines(0) {
		all.WriteString(strings.ReplaceAll(l.Text, " ", ""))
	}
	return strings.Contains(all.String(), hex)
}
