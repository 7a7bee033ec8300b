package plutoplus

import (
	"fmt"
	"strings"
	"time"

	"ikewit/impl/daemon"
	"ikewit/impl/ike"
	"ikewit/impl/sadb"
	"ikewit/impl/wire/isakmp"
)

// traceProposal tells of the phase 1 proposals of a datagram that has some: those that are offered, and
// the one that was chosen.
func (o *output) traceProposal(p daemon.Packet) {
	if o.show&ShowTrace == 0 {
		return
	}
	h, body, err := isakmp.Split(p.Octets)
	if err != nil || body == nil || isakmp.PayloadType(h.NextPayload) != isakmp.TypeSA || isakmp.Flags(h.Flags)&isakmp.Encryption != 0 {
		return
	}
	m, err := isakmp.ParseMessage(p.Octets)
	if err != nil {
		return
	}
	what := "proposal examined"
	switch {
	case !h.Responder.IsZero():
		what = "choice made"
	case p.Sent:
		what = "proposal made"
	}
	for _, item := range m.Items {
		if sa, ok := item.Body.(*isakmp.SA); ok {
			for i := range sa.Proposals {
				o.trace("%s: %s", what, strings.TrimPrefix(proposalText(&sa.Proposals[i]), "; "))
			}
		}
	}
}

// traceChoice tells what came of phase 2, whose messages are encrypted.
func (o *output) traceChoice(e ike.Phase2Up) {
	for _, list := range [][]sadb.SA{e.In, e.Out} {
		for i := range list {
			sa := &list[i]
			o.trace("choice made: %s %v, life %d s, %d KB, window %d, for %v",
				sa.Direction, sa, int(sa.Hard.Add/time.Second), sa.Hard.Octets/1024, sa.ReplayWindow, sa.Selector)
		}
	}
}

// applied writes what was done to the SA database.
func (o *output) applied(a sadb.Action, err error) {
	if o.show&ShowTrace == 0 {
		return
	}
	text := ""
	switch a := a.(type) {
	case sadb.Add:
		text = fmt.Sprintf("add %v %v", a.SA.Direction, a.SA)
	case sadb.Update:
		text = fmt.Sprintf("update %v", a.SA)
	case sadb.Delete:
		text = fmt.Sprintf("delete %v", a.ID)
	case sadb.AddPolicy:
		text = fmt.Sprintf("add policy %v", a.Policy)
	case sadb.DeletePolicy:
		text = fmt.Sprintf("delete policy %v %v", a.ID.Direction, a.ID.Selector)
	default:
		text = fmt.Sprintf("%T", a)
	}
	if err != nil {
		text += ": " + err.Error()
	}
	o.trace("kernel: %s", text)
}
