package check

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"ikewit/harness/capture"
	"ikewit/harness/capture/isakmp"
)

// The notifications of dead peer detection. RFC 3706 section 5.2.
const (
	rUThere    = 36136
	rUThereAck = 36137
)

// alive calls f with every question and answer of dead peer detection that could be read, copies left out.
func alive(e *Evidence, f func(c *capture.Conversation, m *capture.Message, n *isakmp.Notification)) {
	e.messages(func(c *capture.Conversation, m *capture.Message) {
		for _, p := range m.Chain() {
			if n, ok := p.Content.(*isakmp.Notification); ok && (n.Type == rUThere || n.Type == rUThereAck) && m.Resent == nil {
				f(c, m, n)
			}
		}
	})
}

// findLiveForm: under protection, of ISAKMP, for the SA that it comes by, with a number.
func findLiveForm(e *Evidence, report func(Finding)) {
	alive(e, func(c *capture.Conversation, m *capture.Message, n *isakmp.Notification) {
		if !m.ISAKMP.Encrypted() {
			report(e.at(m, fmt.Sprintf("%v in clear", n.Type)))
		}
		if n.DOI != 1 || n.Protocol != 1 {
			report(e.at(m, fmt.Sprintf("DOI and protocol of %v", n.Type)).differs("1 and 1", fmt.Sprintf("%d and %d", n.DOI, n.Protocol)))
		}
		if cookies := append(bytes.Clone(c.ICookie[:]), c.RCookie[:]...); !bytes.Equal(n.SPI, cookies) {
			report(e.at(m, fmt.Sprintf("SPI of %v", n.Type)).differs(fmt.Sprintf("%x", cookies), fmt.Sprintf("%x", n.SPI)))
		}
		if len(n.Data) != 4 {
			report(e.at(m, fmt.Sprintf("octets of the number of %v", n.Type)).differs(4, len(n.Data)))
		}
	})
}

// findLiveNumbers: the first number of a side is not too high to rise; each is the one before plus one; an answer has that of a
// question that the other side has asked, and answers it once.
func findLiveNumbers(e *Evidence, report func(Finding)) {
	type side struct {
		c    *capture.Conversation
		role capture.Role
	}
	last := map[side]uint32{}
	open := map[side]map[uint32]bool{}
	alive(e, func(c *capture.Conversation, m *capture.Message, n *isakmp.Notification) {
		if len(n.Data) != 4 {
			return
		}
		number, by := binary.BigEndian.Uint32(n.Data), side{c, m.Sender}
		if n.Type == rUThereAck {
			asked := open[side{c, capture.Initiator + capture.Responder - m.Sender}]
			if !asked[number] {
				report(e.at(m, fmt.Sprintf("answer to number %d, which is no open question", number)))
			}
			delete(asked, number)
			return
		}
		before, again := last[by]
		switch {
		case again && number != before+1:
			report(e.at(m, "number of the question").differs(before+1, number))
		case !again && number>>31 != 0:
			report(e.at(m, "top bit of the first number").differs(0, 1))
		}
		if last[by] = number; open[by] == nil {
			open[by] = map[uint32]bool{}
		}
		open[by][number] = true
	})
}
