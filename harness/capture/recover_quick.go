package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/ipsec"
	"ikewit/harness/capture/isakmp"
	"ikewit/harness/capture/keys"
)

// quick computes the SAs of one Quick Mode. One that was not answered, or only with a refusal, has none.
//
// RFC 2409 section 5.5.
func (r *recovery) quick(x *Exchange) error {
	ask, answer, confirm := goodOf(x, "QI1"), goodOf(x, "QR1"), goodOf(x, "QI2")
	if ask == nil || answer == nil {
		return nil
	}
	if r.result.Phase1.Skeyids.D == nil {
		return errors.New("KEYMAT: SKEYID_d is not known")
	}
	q := &quickMode{r: r, ask: ask, answer: answer}
	q.ni, _, _ = payload[*isakmp.Nonce](ask, isakmp.PayloadNONCE)
	q.nr, _, _ = payload[*isakmp.Nonce](answer, isakmp.PayloadNONCE)
	if q.ni == nil || q.nr == nil {
		return errors.New("KEYMAT: a nonce is missing")
	}
	offers, choices := all[*isakmp.SA](ask, isakmp.PayloadSA), all[*isakmp.SA](answer, isakmp.PayloadSA)
	var wrong []error
	for i, chosen := range choices {
		if i >= len(offers) {
			return fmt.Errorf("QR1 has %d SA payloads, QI1 %d", len(choices), len(offers))
		}
		for _, p := range chosen.Proposals {
			pair, err := q.pair(offers[i], p)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			for _, sa := range pair {
				sa.Confirmed = confirm != nil && len(confirm.Checks) > 0
				r.result.SAs = append(r.result.SAs, sa)
			}
		}
	}
	return errors.Join(wrong...)
}

// A quickMode is the two messages that make SAs.
type quickMode struct {
	r           *recovery
	ask, answer *Message
	ni, nr      []byte
}

func goodOf(x *Exchange, name string) *Message {
	for _, m := range x.Messages {
		if m.Name == name && m.Resent == nil && m.Plain != nil && m.genuine() {
			return m
		}
	}
	return nil
}

// all gives the contents of every payload of a type.
func all[T isakmp.Content](m *Message, t isakmp.PayloadType) []T {
	var out []T
	for _, p := range m.Chain() {
		if c, ok := p.Content.(T); ok && p.Type == t && p.Err == nil {
			out = append(out, c)
		}
	}
	return out
}

// pair makes the two SAs of a chosen proposal: first the one towards the responder of this Quick Mode.
func (q *quickMode) pair(offer *isakmp.SA, chosen isakmp.Proposal) ([]*ipsec.SA, error) {
	if len(chosen.Transforms) != 1 {
		return nil, fmt.Errorf("proposal %d of QR1: %d transforms, not one", chosen.Number, len(chosen.Transforms))
	}
	var spiI []byte
	for _, p := range offer.Proposals {
		if p.Protocol == chosen.Protocol && (p.Number == chosen.Number || spiI == nil) {
			spiI = p.SPI
		}
	}
	if spiI == nil {
		return nil, fmt.Errorf("proposal %d of QR1: protocol %s was not offered", chosen.Number, chosen.Protocol)
	}
	model, err := q.model(chosen.Protocol, chosen.Transforms[0])
	if err != nil {
		return nil, fmt.Errorf("proposal %d of QR1: %w", chosen.Number, err)
	}
	model.ToldSeconds, model.ToldKilobytes = responderLifetime(q.answer, chosen.SPI)
	shared, err := q.shared(model.Group)
	if err != nil {
		return nil, err
	}
	forth, back := model, model
	forth.Src, forth.Dst = q.ask.Src.Addr(), q.ask.Dst.Addr()
	back.Src, back.Dst = forth.Dst, forth.Src
	forth.Selector, back.Selector = q.selectors()
	forth.Replay, back.Replay = replayStatus(q.answer, chosen.SPI), replayStatus(q.ask, spiI)
	q.key(&forth, chosen.SPI, shared)
	q.key(&back, spiI, shared)
	return []*ipsec.SA{&forth, &back}, nil
}

// model reads a transform into an SA without ends and keys.
func (q *quickMode) model(protocol isakmp.Protocol, t isakmp.Transform) (ipsec.SA, error) {
	number := func(kind uint16) uint16 {
		a, _ := t.Find(kind)
		n, _ := a.Number()
		return uint16(min(n, 0xffff))
	}
	sa := ipsec.SA{Protocol: protocol, MessageID: q.ask.ISAKMP.MessageID, Group: number(3), ESN: number(11) == 1}
	switch mode := number(4); mode {
	case 3, 61443:
		sa.Mode, sa.UDP = ipsec.Tunnel, true
	case 4, 61444:
		sa.Mode, sa.UDP = ipsec.Transport, true
	case 0:
		sa.Mode = ipsec.Transport // none named; IPComp often says nothing (RFC 3173 section 4.1)
	default:
		sa.Mode = ipsec.Mode(mode)
	}
	sa.Seconds, sa.Kilobytes = lifetimes(t.Attributes, 1, 2)
	if n := number(5); n != 0 {
		if sa.Integrity = crypt.IntegrityByAttr(n); sa.Integrity == nil {
			return sa, fmt.Errorf("authentication algorithm %d is not known", n)
		}
	}
	switch protocol {
	case isakmp.ProtoAH:
		if sa.Integrity == nil {
			sa.Integrity = crypt.IntegrityByAH(t.ID)
		}
		if sa.Integrity == nil {
			return sa, fmt.Errorf("%s is not known", isakmp.TransformName(protocol, t.ID))
		}
	case isakmp.ProtoESP:
		if sa.Cipher = crypt.CipherByESP(t.ID); sa.Cipher == nil {
			return sa, fmt.Errorf("%s is not known", isakmp.TransformName(protocol, t.ID))
		}
		octets := sa.Cipher.Key2
		if bits := number(6); bits != 0 {
			octets = int(bits) / 8
		}
		sa.Key = make(crypt.Secret, octets+sa.Cipher.Salt)
	}
	if sa.Integrity != nil {
		sa.AuthKey = make(crypt.Secret, sa.Integrity.Octets)
	}
	return sa, nil
}

// shared gives g(qm)^xy, nil if there was no KE payload.
func (q *quickMode) shared(group uint16) (crypt.Secret, error) {
	one, _, ok1 := payload[*isakmp.KeyExchange](q.ask, isakmp.PayloadKE)
	other, _, ok2 := payload[*isakmp.KeyExchange](q.answer, isakmp.PayloadKE)
	if ok1 != ok2 {
		return nil, errors.New("KEYMAT: one message has a KE payload, the other has none")
	}
	if !ok1 {
		return nil, nil
	}
	if s := q.r.secrets.SharedPFS[q.ask.ISAKMP.MessageID]; s != nil {
		return s, nil
	}
	if s := q.r.agree(crypt.GroupByNumber(group), one, other); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("KEYMAT: g(qm)^xy is not given, and no exponent makes a public value of group %d", group)
}

// key cuts KEYMAT: the cipher's part first, the authenticator's behind it (RFC 2401 section 4.6.2).
func (q *quickMode) key(sa *ipsec.SA, spi []byte, shared crypt.Secret) {
	p := &q.r.result.Phase1
	cipher, auth := len(sa.Key), len(sa.AuthKey)
	k := keys.Keymat(p.Hash, p.Skeyids.D, shared, uint8(sa.Protocol), spi, q.ni, q.nr, cipher+auth)
	sa.Key, sa.AuthKey = k[:cipher:cipher], k[cipher:]
	if sa.SPI = isakmp.SPINumber(spi); len(spi) == 2 { // a CPI of IPComp
		sa.SPI = uint32(binary.BigEndian.Uint16(spi))
	}
}

// selectors gives what the SAs protect, forth and back: IDci and IDcr of the answer, or of the question if the answer
// has none; the ends themselves if neither has.
func (q *quickMode) selectors() (forth, back ipsec.Selector) {
	one := func(a netip.Addr) ipsec.Range { return ipsec.Range{From: a, To: a} }
	forth = ipsec.Selector{Src: one(q.ask.Src.Addr()), Dst: one(q.ask.Dst.Addr())}
	for _, m := range []*Message{q.ask, q.answer} {
		ids := all[*isakmp.Identification](m, isakmp.PayloadID)
		if len(ids) < 2 {
			continue
		}
		from, to := ids[0], ids[1]
		forth = ipsec.Selector{Proto: from.Protocol, SrcPort: from.Port, DstPort: to.Port}
		forth.Src.From, forth.Src.To, _ = from.Addresses()
		forth.Dst.From, forth.Dst.To, _ = to.Addresses()
	}
	back = ipsec.Selector{Src: forth.Dst, Dst: forth.Src, Proto: forth.Proto, SrcPort: forth.DstPort, DstPort: forth.SrcPort}
	return forth, back
}

// replayStatus is what a message says of the SA with this SPI, which its sender receives on.
func replayStatus(m *Message, spi []byte) ipsec.Replay {
	for _, n := range all[*isakmp.Notification](m, isakmp.PayloadN) {
		if n.Type != isakmp.NotifyReplayStatus || len(n.SPI) != 0 && string(n.SPI) != string(spi) {
			continue
		}
		for _, octet := range n.Data {
			if octet != 0 {
				return ipsec.ReplayOn
			}
		}
		return ipsec.ReplayOff
	}
	return ipsec.ReplayUnsaid
}

// responderLifetime reads what the responder says that it will really keep. RFC 2407 section 4.6.3.1.
func responderLifetime(m *Message, spi []byte) (seconds, kilobytes uint64) {
	for _, n := range all[*isakmp.Notification](m, isakmp.PayloadN) {
		if n.Type != isakmp.NotifyResponderLife || len(n.SPI) != 0 && string(n.SPI) != string(spi) {
			continue
		}
		if attributes, err := isakmp.ParseAttributes(n.Data); err == nil {
			return lifetimes(attributes, 1, 2)
		}
	}
	return 0, 0
}
