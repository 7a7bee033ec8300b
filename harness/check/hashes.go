package check

import (
	"fmt"

	"ikewit/harness/capture"
)

// Hashes are the checks of what the judge opened: they need the secrets of the negotiation.
var Hashes = Set{
	{"opened", "RFC 2409 section 5, appendix B", findOpened},
	{"hash", "RFC 2409 sections 5 and 5.5", findHashes},
}

// findOpened: every encrypted message opens with the keys and IVs that the judge computed. A conversation of
// which not one message opens is one without common secrets: that is for the scenario to say.
func findOpened(e *Evidence, report func(Finding)) {
	for _, c := range e.Conversations {
		var closed []*capture.Message
		opened := 0
		for _, m := range c.Messages {
			switch {
			case !m.ISAKMP.V1() || !m.ISAKMP.Encrypted() || e.Forged[m.Frame]:
			case m.Plain != nil:
				opened++
			default:
				closed = append(closed, m)
			}
		}
		for _, m := range closed {
			if opened > 0 {
				report(e.at(m, fmt.Sprintf("it does not open with the key and IV that follow from the messages before it (%v)", m.Err)))
			}
		}
	}
}

// findHashes: every HASH is what the judge computes. A HASH_R in clear that is not, in a conversation without any that
// is, is again one without common secrets.
func findHashes(e *Evidence, report func(Finding)) {
	e.messages(func(c *capture.Conversation, m *capture.Message) {
		if !m.ISAKMP.Encrypted() && !proved(c) {
			return
		}
		for _, h := range m.Checks {
			if !h.Good {
				report(e.at(m, h.Name).differs(fmt.Sprintf("%x", h.Want), fmt.Sprintf("%x", h.Got)))
			}
		}
	})
}

// proved reports whether some HASH of a conversation is right.
func proved(c *capture.Conversation) bool {
	for _, m := range c.Messages {
		for _, h := range m.Checks {
			if h.Good {
				return true
			}
		}
	}
	return false
}
