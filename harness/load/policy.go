package load

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ikewit/harness/peer"
	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/engine/enginetest"
	"ikewit/impl/plutoplus"
)

// A Policy is what both sides are to agree on: one proposal for each phase, or what options of plutoplus mean. With proposals,
// the responder's own Connections replace those of plutoplus, which knows fewer algorithms.
type Policy struct {
	IKE     string   // "aes128-sha1-modp2048"
	ESP     string   // "aes128-sha1", or with PFS "aes128-sha1-modp2048"; in tunnel mode
	Options []string // of plutoplus; then IKE and ESP are empty
}

// String is the policy as one would type it.
func (p Policy) String() string {
	if p.Options != nil {
		return "plutoplus " + strings.Join(p.Options, " ")
	}
	return p.IKE + " / " + p.ESP
}

// Check says what is wrong with a policy.
func (p Policy) Check() error {
	if _, err := p.initiator(netip.Addr{}, somebody); err != nil {
		return err
	}
	_, err := p.responder(somebody)
	return err
}

var somebody = netip.MustParseAddr("192.0.2.2")

// arguments are the policy for Respond, on a command line.
func (p Policy) arguments() []string {
	if p.Options != nil {
		return p.Options
	}
	return []string{"--ike", p.IKE, "--esp", p.ESP}
}

// initiator is what a flight negotiates.
func (p Policy) initiator(local, remote netip.Addr) (*conn.Connection, error) {
	if p.Options == nil {
		return p.proposals("load", local, remote)
	}
	return p.fromOptions(local, remote)
}

// responder is what the other side is configured for, whoever calls.
func (p Policy) responder(local netip.Addr) (*conn.Connection, error) {
	var c *conn.Connection
	var err error
	if p.Options == nil {
		c, err = p.proposals("any", local, netip.Addr{})
	} else {
		c, err = p.fromOptions(local, somebody)
	}
	if err != nil {
		return nil, err
	}
	c.Remote.Addr, c.Remote.Client = netip.Addr{}, conn.Client{}
	return c, nil
}

// terms are the responder's for a foreign peer.
func (p Policy) terms(local netip.Addr, secret string) (peer.Terms, error) {
	c, err := p.responder(local)
	return peer.Terms{Conn: c, Secret: alg.Key(secret)}, err
}

func (p Policy) proposals(name string, local, remote netip.Addr) (*conn.Connection, error) {
	profile := enginetest.Profile{IKE: []string{p.IKE}, ESP: []string{p.ESP}, Window: 32}
	if words := strings.Split(p.ESP, "-"); len(words) == 3 {
		profile.ESP, profile.PFS = []string{words[0] + "-" + words[1]}, words[2]
	}
	return profile.Connection(name, local, remote)
}

// fromOptions gives what the options mean towards one peer.
func (p Policy) fromOptions(local, remote netip.Addr) (*conn.Connection, error) {
	for _, taken := range []string{"-d", "-g", "-i", "--wit", "--debug"} {
		if slices.Contains(p.Options, taken) {
			return nil, fmt.Errorf("%s: who negotiates with whom is not said by options", taken)
		}
	}
	o, _, err := plutoplus.Parse(append([]string{"--wit", "-d", remote.String()}, p.Options...))
	if err != nil {
		return nil, fmt.Errorf("%w (an option of plutoplus)", err)
	}
	ends, err := o.Resolve(nil)
	if err != nil {
		return nil, err
	}
	return o.Connection(local, ends), nil
}
