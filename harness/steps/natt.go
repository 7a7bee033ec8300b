package steps

import (
	"fmt"
	"slices"
	"strings"

	"ikewit/harness/capture/isakmp"
	"ikewit/harness/world"
)

// nattRows are the sentences about NATs and what is said because of them.
func nattRows(s *scenario) []row {
	return slices.Concat([]row{
		{"a NAT before {host}", arranges, "in the simulator; that before bob lets everybody in", func(host string) error { return s.w.NAT(host) }},
		{"the NAT before {host} forgets", arranges, "what it has translated so far: what comes next has other ports", func(host string) error { return s.w.Forget(host) }},
		{"the negotiation moved to port 4500", proves, "500 to 500 up to MR2 or AR1, 4500 to 4500 with the marker from MI3 or AI2 on", func() error { return s.w.Floated("") }},
		{"the negotiation moved to port 4500, {host} behind its NAT", proves, "the same, but for the ports that the NAT has made up", func(host string) error { return s.w.Floated(host) }},
		{"{host} told the ends that it sees", proves, "the first NAT-D is the hash of the peer's end, another that of its own, if no NAT is before it", func(host string) error {
			return s.w.Detected(host, false)
		}},
		{"{host} told the ends as if there were a NAT", proves, "the first NAT-D is the hash of the peer's end, and none of its own", func(host string) error {
			return s.w.Detected(host, true)
		}},
		{"{host}'s {word} carries {string}", proves, "payloads by their names, vendors by theirs, in this order, among others", func(host, message, names string) error {
			return s.carries(host, message, names, true)
		}},
		{"{host}'s {word} carries no {word}", checks, "no payload of that name", func(host, message, name string) error {
			return s.carries(host, message, name, false)
		}},
		{"{host} kept its NAT's mapping alive {int} or {int} times", proves, "keepalives of one octet ff between the ports of IKE; none to port 500", func(host string, least, most int) error {
			return s.w.Keepalives(host, least, most)
		}},
		{"{host} offers {word} mode", proves, "in every transform of QI1, by the name of the encapsulation mode", func(host, mode string) error { return s.encapsulation(host, "QI1", mode) }},
		{"{host} offers {int} proposals", guards, "in QI1", func(host string, n int) error { return s.proposals(host, n) }},
		{"{host} answers with {word} mode", proves, "in every transform of QR1", func(host, mode string) error { return s.encapsulation(host, "QR1", mode) }},
	}, nattPlaces(s), nattEnds(s), aliveRows(s))
}

// sentBy gives the first message of a name that a host sent.
func (s *scenario) sentBy(host, message string) ([]isakmp.Payload, error) {
	list, err := s.w.Sent(host)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if m.Name == message {
			return m.Chain(), nil
		}
	}
	return nil, &world.Unresolved{Why: fmt.Sprintf("no %s of %s was on the wire", message, host)}
}

// carries looks for names among payloads in order.
func (s *scenario) carries(host, message, names string, want bool) error {
	chain, err := s.sentBy(host, message)
	if err != nil {
		return err
	}
	var got []string
	for _, p := range chain {
		name := p.Type.String()
		if v, ok := p.Content.(*isakmp.VendorID); ok {
			name = strings.ReplaceAll(isakmp.VendorName(v.Data), " ", "-")
		}
		got = append(got, name)
	}
	left := strings.Fields(names)
	for _, name := range got {
		if len(left) > 0 && name == left[0] {
			left = left[1:]
		}
	}
	if (len(left) == 0) != want {
		return &world.Mismatch{Code: "payloads", What: fmt.Sprintf("payloads of %s's %s", host, message), Expected: map[bool]string{true: names, false: "no " + names}[want], Actual: strings.Join(got, " ")}
	}
	return nil
}

// proposals counts those of QI1.
func (s *scenario) proposals(host string, want int) error {
	chain, err := s.sentBy(host, "QI1")
	if err != nil {
		return err
	}
	p, _ := isakmp.Find(chain, isakmp.PayloadSA)
	sa, ok := p.Content.(*isakmp.SA)
	if !ok || len(sa.Proposals) != want {
		return &world.Unresolved{Why: fmt.Sprintf("QI1 of %s has not %d proposals that can be read", host, want)}
	}
	return nil
}

// encapsulation compares the mode of every transform.
func (s *scenario) encapsulation(host, message, mode string) error {
	chain, err := s.sentBy(host, message)
	if err != nil {
		return err
	}
	n := 0
	for _, p := range chain {
		if p.Content == nil {
			continue
		}
		for _, f := range p.Content.Fields() {
			if !strings.HasSuffix(f.Name, "Encapsulation Mode") {
				continue
			}
			n++
			if strings.ReplaceAll(f.Value, " ", "-") != mode {
				return &world.Mismatch{Code: "encapsulation", What: f.Name, Expected: mode, Actual: f.Value}
			}
		}
	}
	if n == 0 {
		return &world.Unresolved{Why: message + " of " + host + " has no transform with an encapsulation mode"}
	}
	return nil
}
