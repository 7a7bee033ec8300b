package capture

import (
	"fmt"
	"net/netip"
	"time"

	"ikewit/harness/capture/isakmp"
)

// Role is a side of an ISAKMP SA: the initiator is who chose CKY-I, whatever happens later.
type Role uint8

// RoleUnknown: neither cookies nor addresses tell.
const (
	RoleUnknown Role = iota
	Initiator
	Responder
)

// String is a word.
func (r Role) String() string {
	return [...]string{"unknown", "initiator", "responder"}[min(r, Responder)]
}

// Other is the other side.
func (r Role) Other() Role { return [...]Role{RoleUnknown, Responder, Initiator}[min(r, Responder)] }

// A Message is one ISAKMP message in its conversation. Plain, Padding, Checks and Err are Recover's work.
type Message struct {
	Frame    int
	Time     time.Time
	Src, Dst netip.AddrPort
	NATT     bool
	ISAKMP   *isakmp.Message
	Name     string    // MI1 MR1 MI2 MR2 MI3 MR3, AI1 AR1 AI2, QI1 QR1 QI2, INFO; others by their exchange
	Sender   Role      // of the ISAKMP SA, not of the exchange
	Resent   *Message  // the first message with just these octets, if this is a copy
	Exchange *Exchange // what it belongs to

	Plain   []isakmp.Payload // what was encrypted; nil if it was not opened
	Padding []byte           // behind Plain
	Checks  []Check          // every hash that could be checked, and an IV that is not the one demanded
	Err     error            // why an encrypted message was not opened, or what is wrong inside
}

// A Check is one hash of a message, compared with what the judge computes; or, only if it is wrong, its IV.
type Check struct {
	Name      string // HASH_I, HASH_R, HASH(1), HASH(2), HASH(3), IV
	Good      bool
	Got, Want []byte
}

// Chain is the payloads of the message: what was encrypted if it was opened, else the clear ones.
func (m *Message) Chain() []isakmp.Payload {
	if m.Plain != nil {
		return m.Plain
	}
	return m.ISAKMP.Payloads
}

// Good reports whether the message is whole, was opened if it was encrypted, and neither a hash nor the IV is wrong.
func (m *Message) Good() bool {
	for _, c := range m.Checks {
		if !c.Good {
			return false
		}
	}
	return m.ISAKMP.Err == nil && m.Err == nil && (!m.ISAKMP.Encrypted() || m.Plain != nil)
}

// An Exchange is the messages of one type under one message ID.
type Exchange struct {
	Type      isakmp.Exchange
	MessageID uint32
	Starter   Role // who sent the first message of it
	Messages  []*Message

	answered, closed bool // Quick Mode: QR1, QI2 was seen
}

// A Conversation is everything that was said under one pair of cookies.
type Conversation struct {
	ICookie, RCookie     isakmp.Cookie
	Initiator, Responder netip.AddrPort // as first seen
	Exchanges            []*Exchange    // by their first message
	Messages             []*Message     // in order

	copies    map[copyKey]*Message
	exchanges map[exchangeKey]*Exchange
}

type copyKey struct {
	src, dst netip.AddrPort
	octets   string
}

type exchangeKey struct {
	kind isakmp.Exchange
	id   uint32
}

// String names the conversation by its cookies.
func (c *Conversation) String() string { return fmt.Sprintf("%s:%s", c.ICookie, c.RCookie) }

// Find gives the messages of a name that are not copies, in order.
func (c *Conversation) Find(name string) []*Message {
	var out []*Message
	for _, m := range c.Messages {
		if m.Name == name && m.Resent == nil {
			out = append(out, m)
		}
	}
	return out
}

// Conversations sorts messages into conversations as they come. The zero value is ready.
type Conversations struct {
	All    []*Conversation                    // by their first message
	byPair map[[2]isakmp.Cookie]*Conversation // responder cookies that are not zero
	first  map[isakmp.Cookie]*Conversation    // of each initiator cookie
}

// Converse sorts all ISAKMP records of a capture.
func Converse(records []Record) []*Conversation {
	var c Conversations
	for _, r := range records {
		c.Add(r)
	}
	return c.All
}

// Add takes a record and gives the message it became, named; nil if it is no ISAKMP message.
func (c *Conversations) Add(r Record) *Message {
	if r.ISAKMP == nil {
		return nil
	}
	m := &Message{Frame: r.Frame, Time: r.Time, Src: r.Src, Dst: r.Dst, NATT: r.NATT, ISAKMP: r.ISAKMP}
	conversation := c.find(r.ISAKMP)
	conversation.add(m)
	return m
}

// find gives the conversation of a message. The first message has no responder cookie yet; whoever answers first
// gives it one. A second answer with another cookie starts a conversation of its own, which begins with the same
// first message.
func (c *Conversations) find(m *isakmp.Message) *Conversation {
	if c.first == nil {
		c.first, c.byPair = map[isakmp.Cookie]*Conversation{}, map[[2]isakmp.Cookie]*Conversation{}
	}
	first, pair := c.first[m.ICookie], [2]isakmp.Cookie{m.ICookie, m.RCookie}
	if x := c.byPair[pair]; x != nil {
		return x
	}
	if first != nil && m.RCookie.IsZero() {
		return first
	}
	x := first
	if first == nil || !first.RCookie.IsZero() {
		x = &Conversation{ICookie: m.ICookie}
		c.All = append(c.All, x)
	}
	if x.RCookie = m.RCookie; !m.RCookie.IsZero() {
		c.byPair[pair] = x
	}
	if first == nil {
		c.first[m.ICookie] = x
	} else if x != first && first.Messages[0].ISAKMP.RCookie.IsZero() {
		copied := *first.Messages[0]
		copied.Exchange = nil
		x.add(&copied)
	}
	return x
}

// add puts a message into its exchange and names it.
func (c *Conversation) add(m *Message) {
	m.Sender = c.sender(m)
	if c.copies == nil {
		c.copies, c.exchanges = map[copyKey]*Message{}, map[exchangeKey]*Exchange{}
	}
	same := copyKey{m.Src, m.Dst, string(m.ISAKMP.Octets)}
	if before := c.copies[same]; before != nil {
		m.Resent, m.Sender = before, before.Sender
	} else {
		c.copies[same] = m
	}
	c.Messages = append(c.Messages, m)
	key := exchangeKey{m.ISAKMP.Exchange, m.ISAKMP.MessageID}
	if m.Exchange = c.exchanges[key]; m.Exchange == nil {
		m.Exchange = &Exchange{Type: key.kind, MessageID: key.id, Starter: m.Sender}
		c.exchanges[key] = m.Exchange
		c.Exchanges = append(c.Exchanges, m.Exchange)
	}
	m.Name = name(m)
	m.Exchange.answered = m.Exchange.answered || m.Name == "QR1"
	m.Exchange.closed = m.Exchange.closed || m.Name == "QI2"
	m.Exchange.Messages = append(m.Exchange.Messages, m)
}

// sender tells by the cookies, then by the addresses; ports may change when NAT traversal moves to 4500.
func (c *Conversation) sender(m *Message) Role {
	role := RoleUnknown
	_, offers := isakmp.Find(m.ISAKMP.Payloads, isakmp.PayloadSA)
	switch phase1 := m.ISAKMP.V1() && m.ISAKMP.MessageID == 0; {
	case m.Src.IsValid() && m.Src != m.Dst && c.Initiator.IsValid():
		role = c.byAddress(m)
	case m.ISAKMP.Major == 2 && m.ISAKMP.Flags&isakmp.FlagInitiator != 0:
		role = Initiator
	case m.ISAKMP.Major == 2:
		role = Responder
	case m.ISAKMP.RCookie.IsZero():
		role = Initiator
	case phase1 && offers:
		role = Responder // the only SA payload of phase 1 that has a responder cookie before it
	}
	if !c.Initiator.IsValid() && m.Src.IsValid() {
		switch role {
		case Initiator:
			c.Initiator, c.Responder = m.Src, m.Dst
		case Responder:
			c.Initiator, c.Responder = m.Dst, m.Src
		}
	}
	return role
}

func (c *Conversation) byAddress(m *Message) Role {
	from, to := c.Initiator, c.Responder
	switch {
	case m.Src == from || m.Dst == to && m.Dst != from:
		return Initiator
	case m.Src == to || m.Dst == from:
		return Responder
	case m.Src.Addr() == from.Addr() && m.Dst.Addr() != from.Addr(), m.Dst.Addr() == to.Addr() && m.Src.Addr() != to.Addr():
		return Initiator
	case m.Src.Addr() == to.Addr() && m.Dst.Addr() != to.Addr(), m.Dst.Addr() == from.Addr() && m.Src.Addr() != from.Addr():
		return Responder
	}
	return RoleUnknown
}
