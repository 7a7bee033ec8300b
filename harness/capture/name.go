package capture

import (
	"fmt"
	"strings"

	"ikewit/harness/capture/isakmp"
)

// name gives a message its short name, from its exchange, its sender, what it shows and what came before it. The
// message is not yet in its exchange.
//
//	Main Mode:   MI1 MR1 (SA)  MI2 MR2 (KE)  MI3 MR3 (encrypted)
//	Aggressive:  AI1 AR1 AI2
//	Quick Mode:  QI1 QR1 QI2, by who started it
//	others:      INFO, TI TR (transaction), NI NR (new group), or the name of the exchange
func name(m *Message) string {
	if m.Resent != nil {
		return m.Resent.Name
	}
	if !m.ISAKMP.V1() {
		return m.ISAKMP.Exchange.String()
	}
	x := m.Exchange
	who := "?"
	switch m.Sender {
	case Initiator:
		who = "I"
	case Responder:
		who = "R"
	}
	switch x.Type {
	case isakmp.MainMode:
		return "M" + who + mainStep(m)
	case isakmp.AggressiveMode:
		if who == "I" && !m.ISAKMP.RCookie.IsZero() {
			return "AI2"
		}
		return "A" + who + "1"
	case isakmp.Informational:
		return "INFO"
	case isakmp.QuickMode:
		return quickStep(m)
	case isakmp.Transaction:
		return "T" + x.side(m)
	case isakmp.NewGroupMode:
		return "N" + x.side(m)
	}
	return m.ISAKMP.Exchange.String()
}

// mainStep tells the step by what a message shows: encrypted or an identity is the third, a public value or a nonce
// the second.
func mainStep(m *Message) string {
	has := func(types ...isakmp.PayloadType) bool {
		for _, t := range types {
			if _, ok := isakmp.Find(m.ISAKMP.Payloads, t); ok {
				return true
			}
		}
		return false
	}
	switch {
	case m.ISAKMP.Encrypted(), has(isakmp.PayloadID, isakmp.PayloadHASH, isakmp.PayloadSIG):
		return "3"
	case m.ISAKMP.RCookie.IsZero(), has(isakmp.PayloadSA):
		return "1"
	}
	return "2"
}

// side is I for who started the exchange, R for the other.
func (x *Exchange) side(m *Message) string {
	if len(x.Messages) > 0 && (m.Sender != x.Starter || m.Sender == RoleUnknown && m.Src != x.Messages[0].Src) {
		return "R"
	}
	return "I"
}

// quickStep tells the step by the order: what the starter says after an answer is QI2, what the other says after
// that is a fourth message (CONNECTED), which some stacks send as QR2.
func quickStep(m *Message) string {
	side := m.Exchange.side(m)
	if side == "I" && m.Exchange.answered || side == "R" && m.Exchange.closed {
		return "Q" + side + "2"
	}
	return "Q" + side + "1"
}

// Layout writes the message as RFC 2409 draws it: "HDR*, HASH(1), SA, Ni, IDci, IDcr". The star is encryption; what
// was not opened is "...".
func (m *Message) Layout() string {
	words := []string{"HDR"}
	if m.ISAKMP.Encrypted() {
		words[0] = "HDR*"
		if m.Plain == nil {
			return "HDR*, ..."
		}
	}
	ids := 0
	for _, p := range m.Chain() {
		word := p.Type.String()
		if m.ISAKMP.V1() {
			switch p.Type {
			case isakmp.PayloadHASH:
				word = m.hashName()
			case isakmp.PayloadNONCE:
				word = map[bool]string{true: "Ni", false: "Nr"}[m.ofStarter()]
			case isakmp.PayloadID:
				word = m.idName(ids)
				ids++
			case isakmp.PayloadN:
				if n, ok := p.Content.(*isakmp.Notification); ok {
					word = fmt.Sprintf("N(%s)", n.Type)
				}
			}
		}
		words = append(words, word)
	}
	if m.ISAKMP.Err != nil || m.Err != nil {
		words = append(words, "broken")
	}
	return strings.Join(words, ", ")
}

// ofStarter reports whether the sender started the exchange; in doubt it did.
func (m *Message) ofStarter() bool { return len(m.Name) < 2 || m.Name[1] != 'R' }

// hashName is what RFC 2409 calls the HASH payload of this message.
func (m *Message) hashName() string {
	switch m.Exchange.Type {
	case isakmp.MainMode, isakmp.AggressiveMode:
		if m.Sender == Responder {
			return "HASH_R"
		}
		return "HASH_I"
	}
	switch m.Name {
	case "QR1", "NR":
		return "HASH(2)"
	case "QI2":
		return "HASH(3)"
	}
	return "HASH(1)"
}

func (m *Message) idName(n int) string {
	switch {
	case m.Exchange.Type == isakmp.QuickMode && n == 0:
		return "IDci"
	case m.Exchange.Type == isakmp.QuickMode && n == 1:
		return "IDcr"
	case m.Exchange.Type == isakmp.QuickMode:
		return "ID"
	case m.Sender == Responder:
		return "IDir"
	}
	return "IDii"
}

// Comment says in one line what a message is and what is wrong with it, for a packet comment: its name, its payloads,
// its verdict.
func (m *Message) Comment() string {
	text := m.Name + "  " + m.Layout()
	switch {
	case m.Resent != nil:
		return fmt.Sprintf("%s  the same octets as frame %d", text, m.Resent.Frame)
	case m.Good():
		return text + "  good"
	case m.ISAKMP.Err != nil:
		return text + "  " + m.ISAKMP.Err.Error()
	case m.Err != nil:
		return text + "  " + m.Err.Error()
	}
	for _, c := range m.Checks {
		if !c.Good {
			text += "  " + c.Name + " wrong"
		}
	}
	if m.Plain == nil {
		text += "  not opened"
	}
	return text
}
