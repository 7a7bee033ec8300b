package xfrm

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
)

// The kernel knows prefixes only. A policy for a range is one policy for each prefix of it; what Policies gives are
// those.

// pairs gives the prefixes of both sides of a selector; an invalid prefix is any address.
func pairs(s sadb.Selector) (src, dst []netip.Prefix) {
	src, dst = s.Src.Prefixes(), s.Dst.Prefixes()
	if src == nil {
		src = []netip.Prefix{{}}
	}
	if dst == nil {
		dst = []netip.Prefix{{}}
	}
	return src, dst
}

// families gives the address families of a selector: that of its addresses, or both.
func families(src, dst netip.Prefix) []uint16 {
	switch {
	case dst.IsValid():
		return []uint16{familyNumber(dst.Addr())}
	case src.IsValid():
		return []uint16{familyNumber(src.Addr())}
	}
	return []uint16{unix.AF_INET, unix.AF_INET6}
}

// eachSelector calls f for every selector that the kernel needs for s, until one fails.
func eachSelector(s sadb.Selector, f func(nl.XfrmSelector) error) error {
	sources, destinations := pairs(s)
	for _, src := range sources {
		for _, dst := range destinations {
			for _, number := range families(src, dst) {
				if err := f(selector(src, dst, s, number)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// putPolicy adds a policy, or replaces that of the same selector and direction. Where the kernel needs several and refuses one, those
// that were new go out again.
func (d *Driver) putPolicy(p *sadb.Policy) error {
	if err := p.Check(); err != nil {
		return err
	}
	var fresh []nl.XfrmSelector
	err := eachSelector(p.Selector, func(s nl.XfrmSelector) error {
		m := &nl.XfrmUserpolicyInfo{Sel: s, Priority: p.Priority, Dir: directionNumber(p.Direction),
			Lft: lifetimes(sadb.Limits{}, sadb.Limits{})}
		if p.Do == sadb.Discard {
			m.Action = 1
		}
		parts := []nl.NetlinkRequestData{m}
		if len(p.Templates) > 0 {
			parts = append(parts, nl.NewRtAttr(nl.XFRMA_TMPL, templates(p.Templates, s.Family)))
		}
		_, err := d.request(nl.XFRM_MSG_NEWPOLICY, unix.NLM_F_ACK, 0, parts...)
		if err == nil {
			fresh = append(fresh, s)
		} else if errors.Is(err, unix.EEXIST) {
			_, err = d.request(nl.XFRM_MSG_UPDPOLICY, unix.NLM_F_ACK, 0, parts...)
		}
		return err
	})
	if err == nil {
		return nil
	}
	err = Explain(sadb.AddPolicy{Policy: *p}, err)
	for _, s := range fresh {
		m := &nl.XfrmUserpolicyId{Sel: s, Dir: directionNumber(p.Direction)}
		if _, e := d.request(nl.XFRM_MSG_DELPOLICY, unix.NLM_F_ACK, 0, m); e != nil {
			err = errors.Join(err, fmt.Errorf("take a part of it out again: %w", explain(e)))
		}
	}
	return err
}

func (d *Driver) deletePolicy(id sadb.PolicyID) error {
	return eachSelector(id.Selector, func(s nl.XfrmSelector) error {
		m := &nl.XfrmUserpolicyId{Sel: s, Dir: directionNumber(id.Direction)}
		if _, err := d.request(nl.XFRM_MSG_DELPOLICY, unix.NLM_F_ACK, 0, m); err != nil {
			return fmt.Errorf("delete policy %s %s: %w", id.Direction, id.Selector, explain(err))
		}
		return nil
	})
}

// templates are written outermost last, as the kernel applies them in order.
func templates(list []sadb.Template, family uint16) []byte {
	var octets []byte
	for _, t := range list {
		x := nl.XfrmUserTmpl{Family: family, Reqid: t.ReqID, Mode: modeNumber(t.Mode), Saddr: address(t.Src),
			Aalgos: ^uint32(0), Ealgos: ^uint32(0), Calgos: ^uint32(0)}
		x.XfrmId = nl.XfrmId{Daddr: address(t.Dst), Proto: uint8(t.Proto)}
		if t.Dst.IsValid() {
			x.Family = familyNumber(t.Dst)
		}
		if t.Optional {
			x.Optional = 1
		}
		octets = append(octets, x.Serialize()...)
	}
	return octets
}

// Policies gives every policy but those of sockets.
func (d *Driver) Policies() ([]sadb.Policy, error) {
	answers, err := d.request(nl.XFRM_MSG_GETPOLICY, unix.NLM_F_DUMP, nl.XFRM_MSG_NEWPOLICY)
	if err != nil {
		return nil, fmt.Errorf("list policies: %w", explain(err))
	}
	var list []sadb.Policy
	for _, octets := range answers {
		p, err := parsePolicy(octets)
		if err != nil {
			return nil, err
		}
		if p.Direction != 0 {
			list = append(list, p)
		}
	}
	return list, nil
}

func parsePolicy(octets []byte) (sadb.Policy, error) {
	if len(octets) < nl.SizeofXfrmUserpolicyInfo {
		return sadb.Policy{}, fmt.Errorf("policy message of the kernel: %d octets, at least %d are needed", len(octets), nl.SizeofXfrmUserpolicyInfo)
	}
	p := policyOf(nl.DeserializeXfrmUserpolicyInfo(octets))
	list, err := templatesIn(octets[nl.SizeofXfrmUserpolicyInfo:])
	if err != nil {
		return sadb.Policy{}, err
	}
	p.Templates = list
	if p.Do == sadb.Bypass && len(list) > 0 {
		p.Do = sadb.Protect
	}
	return p, nil
}

func policyOf(m *nl.XfrmUserpolicyInfo) sadb.Policy {
	p := sadb.Policy{Selector: selectorOf(m.Sel), Direction: directionOf(m.Dir), Priority: m.Priority, Do: sadb.Bypass}
	if m.Action == 1 {
		p.Do = sadb.Discard
	}
	return p
}

// templatesIn reads the template attribute among others.
func templatesIn(octets []byte) ([]sadb.Template, error) {
	attributes, err := nl.ParseRouteAttr(octets)
	if err != nil {
		return nil, fmt.Errorf("policy message of the kernel: %w", err)
	}
	var list []sadb.Template
	for _, a := range attributes {
		if a.Attr.Type != nl.XFRMA_TMPL {
			continue
		}
		if len(a.Value)%nl.SizeofXfrmUserTmpl != 0 {
			return nil, errors.New("policy message of the kernel: a template is cut off")
		}
		for rest := a.Value; len(rest) > 0; rest = rest[nl.SizeofXfrmUserTmpl:] {
			list = append(list, templateOf(nl.DeserializeXfrmUserTmpl(rest)))
		}
	}
	return list, nil
}

func templateOf(x *nl.XfrmUserTmpl) sadb.Template {
	return sadb.Template{
		Proto: sadb.Protocol(x.XfrmId.Proto), Mode: modeOf(x.Mode), ReqID: x.Reqid, Optional: x.Optional != 0,
		Src: templateAddress(x.Saddr, x.Family), Dst: templateAddress(x.XfrmId.Daddr, x.Family),
	}
}

func directionNumber(d sadb.Direction) uint8 {
	return map[sadb.Direction]uint8{sadb.In: 0, sadb.Out: 1, sadb.Forward: 2}[d]
}

// directionOf gives 0 for the policies of sockets, which are nobody's here.
func directionOf(n uint8) sadb.Direction {
	return map[uint8]sadb.Direction{0: sadb.In, 1: sadb.Out, 2: sadb.Forward}[n]
}
