package check

import (
	"bytes"
	"fmt"
	"slices"

	"ikewit/harness/capture"
	"ikewit/harness/capture/crypt"
	"ikewit/harness/capture/isakmp"
)

// Messages are the checks of headers, chains and payloads of every ISAKMP message that was sent.
var Messages = Set{
	{"version", "RFC 2408 section 3.1", each(func(_ *capture.Conversation, m *capture.Message) (string, any, any) {
		return "version of the header", "1.0", fmt.Sprintf("%d.%d", m.ISAKMP.Major, m.ISAKMP.Minor)
	})},
	{"flags", "RFC 2408 section 3.1", each(func(_ *capture.Conversation, m *capture.Message) (string, any, any) {
		return "flag bits 3 to 7", isakmp.Flags(0), m.ISAKMP.Flags &^ 7
	})},
	{"encryption-bit", "RFC 2409 section 5", each(encryptionBit)},
	{"length", "RFC 2408 section 3.1", each(func(_ *capture.Conversation, m *capture.Message) (string, any, any) {
		return "Length of the header", len(m.ISAKMP.Octets) + len(m.ISAKMP.Trailing), int(m.ISAKMP.Length)
	})},
	{"message-id", "RFC 2408 section 3.1, RFC 2409 section 5.5", each(messageID)},
	{"cookies", "RFC 2408 section 2.4", each(cookies)},
	{"whole", "RFC 2408 section 3.2", findWhole},
	{"reserved", "RFC 2408 section 2.5.2", findReserved},
	{"padding", "RFC 2409 appendix B", each(func(_ *capture.Conversation, m *capture.Message) (string, any, any) {
		return "octets of padding that are not 0", 0, len(bytes.ReplaceAll(m.Padding, []byte{0}, nil))
	})},
	{"order", "RFC 2409 section 5", findOrder},
	{"nonce", "RFC 2409 section 5", findNonces},
	{"public-value", "RFC 2409 section 5", findPublicValues},
	{"one-group", "RFC 2409 section 5", findOneGroup},
	{"no-status", "RFC 2407 section 4.6.3", findStatus},
	{"live-form", "RFC 3706 section 5.3", findLiveForm},
	{"live-number", "RFC 3706 section 6", findLiveNumbers},
	{"doi", "RFC 2407 section 4.6.1", findDOI},
	{"resent", "RFC 2408 section 5.1", findResent},
	{"message-id-unique", "RFC 2409 sections 5.5 and 5.7", findMessageIDs},
}

// each makes a check of a function that gives a value as it should be and as it is.
func each(value func(*capture.Conversation, *capture.Message) (what string, expected, actual any)) func(*Evidence, func(Finding)) {
	return func(e *Evidence, report func(Finding)) {
		e.messages(func(c *capture.Conversation, m *capture.Message) {
			if what, expected, actual := value(c, m); expected != actual {
				report(e.at(m, what).differs(expected, actual))
			}
		})
	}
}

// encryptionBit: clear up to MM4, set from then on. An Informational may be either, before keys stand, and so may the
// last message of Aggressive Mode.
func encryptionBit(_ *capture.Conversation, m *capture.Message) (string, any, any) {
	want := m.ISAKMP.Encrypted()
	switch m.Name {
	case "MI1", "MR1", "MI2", "MR2", "AI1", "AR1":
		want = false
	case "MI3", "MR3", "QI1", "QR1", "QI2":
		want = true
	}
	return "encryption bit", want, m.ISAKMP.Encrypted()
}

func messageID(_ *capture.Conversation, m *capture.Message) (string, any, any) {
	zero := m.ISAKMP.MessageID == 0
	switch m.ISAKMP.Exchange {
	case isakmp.MainMode, isakmp.AggressiveMode:
		return "Message ID 0", true, zero
	case isakmp.QuickMode:
		return "Message ID 0", false, zero
	case isakmp.Informational:
		if m.ISAKMP.Encrypted() {
			return "Message ID 0", false, zero
		}
	}
	return "", 0, 0
}

// cookies: the initiator's is never zero; the responder's is zero in the first message only and the same ever after.
func cookies(c *capture.Conversation, m *capture.Message) (string, any, any) {
	if m.ISAKMP.ICookie.IsZero() {
		return "initiator's cookie", "8 octets that are not all 0", m.ISAKMP.ICookie
	}
	if m.Name == "MI1" || m.Name == "AI1" {
		return "responder's cookie", isakmp.Cookie{}, m.ISAKMP.RCookie
	}
	if m.Name == "INFO" && m.ISAKMP.RCookie.IsZero() && !m.ISAKMP.Encrypted() {
		return "", 0, 0 // a refusal of the first message, before there is a cookie
	}
	return "responder's cookie", c.RCookie, m.ISAKMP.RCookie
}

// findWhole: every chain ends where the message does, and what was encrypted makes sense once it is opened.
func findWhole(e *Evidence, report func(Finding)) {
	e.messages(func(c *capture.Conversation, m *capture.Message) {
		if m.ISAKMP.Err != nil {
			report(e.at(m, "broken: "+m.ISAKMP.Err.Error()))
		} else if m.Plain != nil && m.Err != nil {
			report(e.at(m, "broken inside: "+m.Err.Error()))
		}
		if len(m.ISAKMP.Trailing) > 0 {
			report(e.at(m, fmt.Sprintf("%d octets behind the message", len(m.ISAKMP.Trailing))))
		}
	})
}

func findReserved(e *Evidence, report func(Finding)) {
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		for i, p := range m.Chain() {
			if p.Reserved != 0 {
				report(e.at(m, fmt.Sprintf("RESERVED of payload %d (%s)", i+1, p.Type)).differs(0, p.Reserved))
			}
			sa, ok := p.Content.(*isakmp.SA)
			if !ok {
				continue
			}
			for _, pr := range sa.Proposals {
				if pr.Reserved != 0 {
					report(e.at(m, fmt.Sprintf("RESERVED of proposal %d", pr.Number)).differs(0, pr.Reserved))
				}
				for _, t := range pr.Transforms {
					if t.Reserved != 0 || t.Reserved2 != 0 {
						report(e.at(m, fmt.Sprintf("RESERVED of transform %d", t.Number)).differs("0 and 0", fmt.Sprintf("%d and %d", t.Reserved, t.Reserved2)))
					}
				}
			}
		}
	})
}

// layouts are the payloads that a message must hold, in any order, and which one comes first.
var layouts = map[string][]isakmp.PayloadType{
	"MI1": {isakmp.PayloadSA}, "MR1": {isakmp.PayloadSA},
	"MI2": {isakmp.PayloadKE, isakmp.PayloadNONCE}, "MR2": {isakmp.PayloadKE, isakmp.PayloadNONCE},
	"MI3": {isakmp.PayloadID, isakmp.PayloadHASH}, "MR3": {isakmp.PayloadID, isakmp.PayloadHASH},
	"AI1": {isakmp.PayloadSA, isakmp.PayloadKE, isakmp.PayloadNONCE, isakmp.PayloadID},
	"AR1": {isakmp.PayloadSA, isakmp.PayloadKE, isakmp.PayloadNONCE, isakmp.PayloadID, isakmp.PayloadHASH},
	"AI2": {isakmp.PayloadHASH},
	"QI1": {isakmp.PayloadHASH, isakmp.PayloadSA, isakmp.PayloadNONCE}, "QR1": {isakmp.PayloadHASH, isakmp.PayloadSA, isakmp.PayloadNONCE},
	"QI2": {isakmp.PayloadHASH},
}

// findOrder: SA first in phase 1; HASH first, and SA right behind it, in Quick Mode.
func findOrder(e *Evidence, report func(Finding)) {
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		chain := m.Chain()
		if m.ISAKMP.Encrypted() && m.Plain == nil {
			return
		}
		for i, want := range layouts[m.Name] {
			if _, ok := isakmp.Find(chain, want); !ok {
				report(e.at(m, fmt.Sprintf("it has no %s payload", want)))
			} else if fixed := m.Name[0] == 'Q' && i < 2 || want == isakmp.PayloadSA; fixed && i < len(chain) && chain[i].Type != want {
				report(e.at(m, fmt.Sprintf("payload %d", i+1)).differs(want, chain[i].Type))
			}
		}
		if m.Name == "INFO" && m.ISAKMP.Encrypted() && (len(chain) == 0 || chain[0].Type != isakmp.PayloadHASH) {
			report(e.at(m, "HASH is not its first payload"))
		}
	})
}

func findNonces(e *Evidence, report func(Finding)) {
	seen := map[string]string{}
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		p, ok := isakmp.Find(m.Chain(), isakmp.PayloadNONCE)
		if !ok || m.Resent != nil {
			return
		}
		if n := len(p.Body); n < 8 || n > 256 {
			report(e.at(m, "octets of the nonce").differs("8 to 256", n))
		}
		if first, again := seen[string(p.Body)]; again {
			report(e.at(m, "the nonce is that of "+first))
		}
		seen[string(p.Body)] = m.Name
	})
}

// findPublicValues: as long as the prime, leading zeros kept.
func findPublicValues(e *Evidence, report func(Finding)) {
	e.messages(func(c *capture.Conversation, m *capture.Message) {
		p, ok := isakmp.Find(m.Chain(), isakmp.PayloadKE)
		group := groupOf(c, m)
		if ok && group != nil && len(p.Body) != group.Octets() {
			report(e.at(m, "octets of the public value in "+group.Name).differs(group.Octets(), len(p.Body)))
		}
	})
}

// findOneGroup: in Aggressive Mode all transforms that are offered have one group, that of the public value.
func findOneGroup(e *Evidence, report func(Finding)) {
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		sa, ok := contentOf[*isakmp.SA](m, isakmp.PayloadSA)
		if m.Name != "AI1" || !ok {
			return
		}
		first, seen := uint64(0), false
		for _, p := range sa.Proposals {
			for _, t := range p.Transforms {
				a, _ := t.Find(4)
				n, _ := a.Number()
				if seen && n != first {
					report(e.at(m, fmt.Sprintf("group of transform %d", t.Number)).differs(first, n))
				}
				first, seen = n, true
			}
		}
	})
}

// findStatus: no status notification in Aggressive Mode, of which no HASH covers them.
func findStatus(e *Evidence, report func(Finding)) {
	const status = 16384
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		if n, ok := contentOf[*isakmp.Notification](m, isakmp.PayloadN); ok && m.ISAKMP.Exchange == isakmp.AggressiveMode && n.Type >= status {
			report(e.at(m, fmt.Sprintf("it carries a status notification, %v", n.Type)))
		}
	})
}

// contentOf gives what the first payload of a type holds.
func contentOf[T isakmp.Content](m *capture.Message, t isakmp.PayloadType) (content T, ok bool) {
	if p, found := isakmp.Find(m.Chain(), t); found {
		content, ok = p.Content.(T)
	}
	return content, ok
}

// groupOf is the group that a message's public value belongs to: that of the chosen transform; nil if unknown.
func groupOf(c *capture.Conversation, m *capture.Message) *crypt.Group {
	attribute, from := uint16(4), slices.Concat(c.Find("MR1"), c.Find("AR1"))
	if m.ISAKMP.Exchange == isakmp.QuickMode {
		attribute, from = 3, []*capture.Message{m}
	}
	for _, msg := range from {
		p, ok := isakmp.Find(msg.Chain(), isakmp.PayloadSA)
		sa, isSA := p.Content.(*isakmp.SA)
		if !ok || !isSA || len(sa.Proposals) == 0 || len(sa.Proposals[0].Transforms) == 0 {
			continue
		}
		a, _ := sa.Proposals[0].Transforms[0].Find(attribute)
		n, _ := a.Number()
		return crypt.GroupByNumber(uint16(n))
	}
	return nil
}

func findDOI(e *Evidence, report func(Finding)) {
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		for _, p := range m.Chain() {
			if sa, ok := p.Content.(*isakmp.SA); ok && (sa.DOI != 1 || sa.Situation != 1) {
				report(e.at(m, "DOI and situation").differs("1 and 1", fmt.Sprintf("%d and %d", sa.DOI, sa.Situation)))
			}
		}
	})
}

// findResent: whoever says a message of an exchange again says it octet for octet.
func findResent(e *Evidence, report func(Finding)) {
	type place struct {
		exchange *capture.Exchange
		name     string
	}
	first := map[place]*capture.Message{}
	e.messages(func(_ *capture.Conversation, m *capture.Message) {
		at := place{m.Exchange, m.Name}
		if m.Name == "INFO" {
			return
		}
		if before := first[at]; before == nil {
			first[at] = m
		} else if !bytes.Equal(before.ISAKMP.Octets, m.ISAKMP.Octets) {
			report(e.at(m, fmt.Sprintf("sent again with other octets than in frame %d", before.Frame)))
		}
	})
}

// findMessageIDs: every exchange under an ISAKMP SA has a Message ID of its own.
func findMessageIDs(e *Evidence, report func(Finding)) {
	for _, c := range e.Conversations {
		used := map[uint32]*capture.Exchange{}
		for _, x := range c.Exchanges {
			before := used[x.MessageID]
			if x.MessageID != 0 && before != nil && len(x.Messages) > 0 && !e.Forged[x.Messages[0].Frame] {
				report(e.at(x.Messages[0], fmt.Sprintf("Message ID %08x was used by an exchange of type %s already", x.MessageID, before.Type)))
			}
			used[x.MessageID] = x
		}
	}
}
