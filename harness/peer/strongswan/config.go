package strongswan

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/strongswan/govici/vici"

	"ikewit/harness/peer"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// names of the one connection and its child.
const (
	connectionName = "wit"
	childName      = "wit"
)

// A setting is one line or one section of swanctl.conf, in the order in which it is written.
type setting struct {
	key   string
	value string    // of a line
	list  []string  // of a line whose value is a list
	in    []setting // of a section
}

// connection is what swanctl.conf has under connections { wit { ... } }.
func connection(t peer.Terms, tuning Tuning) ([]setting, error) {
	c := t.Conn
	var ike []string
	for _, p := range c.ISAKMP.Offer {
		words, err := ikeProposal(p)
		if err != nil {
			return nil, err
		}
		ike = append(ike, words)
	}
	child, err := childSettings(c)
	if err != nil {
		return nil, err
	}
	if tuning.NoPolicies {
		child = append(child, setting{key: "policies", value: "no"})
	}
	s := []setting{
		{key: "version", value: "1"},
		{key: "local_addrs", list: []string{address(c.Local)}},
		{key: "remote_addrs", list: []string{address(c.Remote)}},
		{key: "proposals", list: ike},
		{key: "aggressive", value: word(c.ISAKMP.Exchange == conn.AggressiveMode, "yes", "no")},
		{key: "encap", value: word(t.ForceEncap, "yes", "no")},
		{key: "rekey_time", value: "0s"},
	}
	if c.DPD.Idle > 0 {
		s = append(s[:len(s)-1], setting{key: "dpd_delay", value: fmt.Sprintf("%ds", int(c.DPD.Idle.Seconds()))}, s[len(s)-1])
	}
	if c.ISAKMP.Life > 0 {
		// What IKEv1 offers is rekey_time and over_time together.
		s[len(s)-1] = setting{key: "rekey_time", value: fmt.Sprintf("%ds", int(c.ISAKMP.Life.Seconds()))}
		s = append(s, setting{key: "over_time", value: "0s"}, setting{key: "rand_time", value: "0s"})
	}
	return append(s,
		setting{key: "local", in: []setting{{key: "auth", value: "psk"}, {key: "id", value: identity(c.Local)}}},
		setting{key: "remote", in: []setting{{key: "auth", value: "psk"}, {key: "id", value: identity(c.Remote)}}},
		setting{key: "children", in: []setting{{key: childName, in: child}}},
	), nil
}

func childSettings(c *conn.Connection) ([]setting, error) {
	var esp, ah []string
	mode := sadb.Transport
	for _, p := range c.IPsec.Offer {
		words, proto, err := childProposal(p)
		if err != nil {
			return nil, err
		}
		if proto == sadb.ESP {
			esp = append(esp, words)
		} else {
			ah = append(ah, words)
		}
		mode = p.Mode
	}
	s := []setting{{key: "mode", value: mode.String()}}
	if esp != nil {
		s = append(s, setting{key: "esp_proposals", list: esp})
	}
	if ah != nil {
		s = append(s, setting{key: "ah_proposals", list: ah})
	}
	s = append(s,
		setting{key: "local_ts", list: []string{trafficSelector(c.Local)}},
		setting{key: "remote_ts", list: []string{trafficSelector(c.Remote)}},
		setting{key: "replay_window", value: fmt.Sprint(c.IPsec.ReplayWindow)},
		setting{key: "rekey_time", value: "0s"},
		// Without it charon takes a random part of the life off a rekey time of zero: below zero, where the kernel sees a soft
		// limit that is long over, and charon negotiates anew after one second.
		setting{key: "rand_time", value: "0s"},
	)
	if c.IPsec.LifeTime > 0 {
		s = append(s, setting{key: "life_time", value: fmt.Sprintf("%ds", int(c.IPsec.LifeTime.Seconds()))})
	}
	if c.IPsec.LifeOctets > 0 {
		s = append(s, setting{key: "life_bytes", value: fmt.Sprint(c.IPsec.LifeOctets)})
	}
	return s, nil
}

// address writes the address of an end; %any is any peer.
func address(e conn.End) string {
	if !e.Addr.IsValid() {
		return "%any"
	}
	return e.Addr.String()
}

func identity(e conn.End) string {
	if e.Identity.IsZero() {
		return address(e)
	}
	return e.Identity.String()
}

// trafficSelector writes "10.0.1.0/24[udp/53]"; dynamic stands for the end itself.
func trafficSelector(e conn.End) string {
	if e.Client.IsZero() {
		return "dynamic"
	}
	text := e.Client.Range.String()
	if e.Client.Range.IsAny() {
		text = netip.PrefixFrom(e.Addr, 0).Masked().String()
	}
	if e.Client.Proto != 0 {
		port := "any"
		if e.Client.Port != 0 {
			port = fmt.Sprint(e.Client.Port)
		}
		text += fmt.Sprintf("[%d/%s]", e.Client.Proto, port)
	}
	return text
}

func word(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// Config writes the swanctl.conf that does by hand what the harness does through vici. The secret is left to the reader.
func Config(t peer.Terms) (string, error) {
	s, err := connection(t, Tuning{})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	write(&b, "", []setting{
		{key: "connections", in: []setting{{key: connectionName, in: s}}},
		{key: "secrets", in: []setting{{key: "ike-" + connectionName, in: []setting{{key: "id", value: identity(t.Conn.Remote)}, {key: "secret", value: `"..."`}}}}},
	})
	return b.String(), nil
}

func write(b *strings.Builder, indent string, list []setting) {
	for _, s := range list {
		switch {
		case s.in != nil:
			fmt.Fprintf(b, "%s%s {\n", indent, s.key)
			write(b, indent+"    ", s.in)
			fmt.Fprintf(b, "%s}\n", indent)
		case s.list != nil:
			fmt.Fprintf(b, "%s%s = %s\n", indent, s.key, strings.Join(s.list, ", "))
		default:
			fmt.Fprintf(b, "%s%s = %s\n", indent, s.key, s.value)
		}
	}
}

// message turns settings into what vici takes.
func message(list []setting) (*vici.Message, error) {
	m := vici.NewMessage()
	for _, s := range list {
		var value any = s.value
		switch {
		case s.in != nil:
			inner, err := message(s.in)
			if err != nil {
				return nil, err
			}
			value = inner
		case s.list != nil:
			value = s.list
		}
		if err := m.Set(s.key, value); err != nil {
			return nil, err
		}
	}
	return m, nil
}
