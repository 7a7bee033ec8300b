package pfkey

import (
	"errors"
	"fmt"

	"ikewit/impl/pfsa"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/pfkey"
)

// highestRequest is the highest request number that Linux takes in a policy: IPSEC_MANUAL_REQID_MAX.
const highestRequest = 0x3fff

func (d *Driver) addPolicy(p *sadb.Policy) error {
	if err := p.Check(); err != nil {
		return err
	}
	for _, t := range p.Templates {
		if d.kernel && (t.ReqID > highestRequest || t.Optional && t.ReqID != 0) {
			return &sadb.UnsupportedError{Driver: "pfkey", What: fmt.Sprintf("template %v", t)}
		}
	}
	for _, list := range pfsa.Policies(p) {
		if _, err := d.call(pfkey.SPDUpdate, 0, list...); err != nil {
			return fmt.Errorf("add policy %v: %w", p, err)
		}
	}
	return nil
}

func (d *Driver) deletePolicy(id sadb.PolicyID) error {
	var failed []error
	for _, list := range pfsa.PolicyNames(id) {
		if _, err := d.call(pfkey.SPDDelete, 0, list...); err != nil {
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("delete policy %v %v: %w", id.Direction, id.Selector, err)
	}
	return nil
}

// acquire makes the event of an ACQUIRE. The message does not tell the policy that asked: Linux gives its number, other engines'
// is found among all.
func (d *Driver) acquire(m *pfkey.Message) (sadb.Acquire, error) {
	a, err := pfsa.ReadAsked(m)
	if err != nil {
		return a, err
	}
	messages, err := d.list(pfkey.SPDDump)
	if err != nil {
		return a, err
	}
	named, _ := m.Find(pfkey.ExtPolicy).(*pfkey.Policy)
	for _, other := range messages {
		p, err := pfsa.ReadPolicy(other)
		if err != nil || p.Direction != sadb.Out {
			continue
		}
		x, _ := other.Find(pfkey.ExtPolicy).(*pfkey.Policy)
		if named != nil && named.ID != 0 && x.ID != named.ID {
			continue
		}
		if t, ok := wants(&p, &a); ok {
			a.Policy, a.Template = p, t
			if a.Packet.Src.IsAny() || !p.Selector.Covers(a.Packet) {
				a.Packet = p.Selector
			}
			return a, nil
		}
	}
	return a, nil
}

// wants reports whether a policy may have made the request, and by which template.
func wants(p *sadb.Policy, a *sadb.Acquire) (sadb.Template, bool) {
	for _, t := range p.Templates {
		switch {
		case t.Proto != a.Template.Proto:
		case t.Mode == sadb.Transport && p.Selector.Covers(a.Packet):
			return t, true
		case t.Mode == sadb.Tunnel && a.Template.Mode == sadb.Tunnel && t.Src == a.Template.Src && t.Dst == a.Template.Dst:
			return t, true
		case t.Mode == sadb.Tunnel && a.Packet.Src == sadb.RangeOf(t.Src) && a.Packet.Dst == sadb.RangeOf(t.Dst): // Linux tells no mode
			return t, true
		}
	}
	return sadb.Template{}, false
}
