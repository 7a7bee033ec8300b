package sadbtest

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"ikewit/impl/sadb"
)

func selector(src, dst string, proto uint8, srcPort, dstPort uint16) sadb.Selector {
	return sadb.Selector{
		Src:   sadb.RangeOfPrefix(netip.MustParsePrefix(src)),
		Dst:   sadb.RangeOfPrefix(netip.MustParsePrefix(dst)),
		Proto: proto, SrcPort: srcPort, DstPort: dstPort,
	}
}

func bypass(priority uint32) sadb.Policy {
	return sadb.Policy{
		Selector:  selector("198.51.100.0/24", "203.0.113.0/24", 0, 0, 0),
		Direction: sadb.Out, Priority: priority, Do: sadb.Bypass,
	}
}

// samplePolicies are of every kind: each direction, each disposition, both families, both modes, a bundle.
func samplePolicies() []sadb.Policy {
	esp := sadb.Template{Proto: sadb.ESP, Mode: sadb.Transport, ReqID: 9}
	tunnel := sadb.Template{Proto: sadb.ESP, Mode: sadb.Tunnel, Src: alice, Dst: bob, ReqID: 10}
	back := sadb.Template{Proto: sadb.ESP, Mode: sadb.Tunnel, Src: bob, Dst: alice, ReqID: 10}
	ah := sadb.Template{Proto: sadb.AH, Mode: sadb.Transport, ReqID: 11}
	tunnel6 := sadb.Template{Proto: sadb.AH, Mode: sadb.Tunnel, Src: alice6, Dst: bob6}
	return []sadb.Policy{
		{Selector: selector("192.0.2.1/32", "192.0.2.2/32", 0, 0, 0), Direction: sadb.Out, Priority: 30,
			Do: sadb.Protect, Templates: []sadb.Template{esp}},
		{Selector: selector("192.0.2.2/32", "192.0.2.1/32", 0, 0, 0), Direction: sadb.In, Priority: 30,
			Do: sadb.Protect, Templates: []sadb.Template{esp, ah}},
		{Selector: selector("198.51.100.0/24", "203.0.113.0/25", 0, 0, 0), Direction: sadb.Out, Priority: 20,
			Do: sadb.Protect, Templates: []sadb.Template{tunnel}},
		{Selector: selector("203.0.113.0/25", "198.51.100.0/24", 0, 0, 0), Direction: sadb.Forward, Priority: 20,
			Do: sadb.Protect, Templates: []sadb.Template{back}},
		{Selector: selector("2001:db8:1::/48", "2001:db8:2::/64", 17, 0, 53), Direction: sadb.Out, Priority: 10,
			Do: sadb.Protect, Templates: []sadb.Template{tunnel6}},
		{Selector: selector("192.0.2.1/32", "192.0.2.2/32", 6, 0, 22), Direction: sadb.Out, Priority: 5, Do: sadb.Bypass},
		{Selector: selector("192.0.2.1/32", "203.0.113.0/24", 0, 0, 0), Direction: sadb.Out, Priority: 6, Do: sadb.Discard},
	}
}

func samePolicy(a, b sadb.Policy) bool {
	return a.ID() == b.ID() && a.Priority == b.Priority && a.Do == b.Do && slices.Equal(a.Templates, b.Templates)
}

func (s *suite) policies(t *testing.T) {
	d := s.start(t)
	all := samplePolicies()
	for _, p := range all {
		apply(t, d, sadb.AddPolicy{Policy: p})
	}
	for i := range all {
		got := policies(t, d)
		if len(got) != len(all)-i {
			t.Fatalf("%d policies, want %d", len(got), len(all)-i)
		}
		for _, p := range all[i:] {
			if !slices.ContainsFunc(got, func(g sadb.Policy) bool { return samePolicy(g, p) }) {
				t.Errorf("%v is not there; there are %v", p, got)
			}
		}
		apply(t, d, sadb.DeletePolicy{ID: all[i].ID()})
		if err := d.Apply(sadb.DeletePolicy{ID: all[i].ID()}); !errors.Is(err, sadb.ErrNotFound) {
			t.Errorf("second delete of %v: %v, want ErrNotFound", all[i], err)
		}
	}
}

// policyOrder: by priority; the older one first among equals.
func (s *suite) policyOrder(t *testing.T) {
	if s.Unordered {
		return
	}
	d := s.start(t)
	var want []sadb.Policy
	for i, priority := range []uint32{50, 10, 50, 7, 10} {
		p := bypass(priority)
		p.Selector.DstPort, p.Selector.Proto = uint16(i+1), 17
		want = append(want, p)
		apply(t, d, sadb.AddPolicy{Policy: p})
	}
	slices.SortStableFunc(want, func(a, b sadb.Policy) int { return int(a.Priority) - int(b.Priority) })
	if got := policies(t, d); !slices.EqualFunc(got, want, samePolicy) {
		t.Errorf("order is %v\nwant %v", got, want)
	}
}

func (s *suite) policyReplaced(t *testing.T) {
	d := s.start(t)
	p := samplePolicies()[0]
	apply(t, d, sadb.AddPolicy{Policy: p})
	p.Priority, p.Do, p.Templates = 99, sadb.Discard, nil
	apply(t, d, sadb.AddPolicy{Policy: p})
	if got := policies(t, d); len(got) != 1 || !samePolicy(got[0], p) {
		t.Errorf("after replacement: %v, want %v alone", got, p)
	}
}

func (s *suite) policyNonsense(t *testing.T) {
	d := s.start(t)
	for name, f := range map[string]func(*sadb.Policy){
		"no direction":      func(p *sadb.Policy) { p.Direction = 0 },
		"direction 9":       func(p *sadb.Policy) { p.Direction = 9 },
		"no disposition":    func(p *sadb.Policy) { p.Do = 0 },
		"no template":       func(p *sadb.Policy) { p.Templates = nil },
		"bypass, templates": func(p *sadb.Policy) { p.Do = sadb.Bypass },
		"template of TCP":   func(p *sadb.Policy) { p.Templates[0].Proto = 6 },
		"template, no mode": func(p *sadb.Policy) { p.Templates[0].Mode = 0 },
		"tunnel to nowhere": func(p *sadb.Policy) { p.Templates[0].Mode = sadb.Tunnel },
		"mixed selector":    func(p *sadb.Policy) { p.Selector.Src = sadb.RangeOf(alice6) },
	} {
		p := samplePolicies()[0]
		f(&p)
		if err := d.Apply(sadb.AddPolicy{Policy: p}); !unsupported(err) {
			wantInvalid(t, name, err)
		}
	}
	if got := policies(t, d); len(got) != 0 {
		t.Errorf("there are %v all the same", got)
	}
}
