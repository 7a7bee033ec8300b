package ike

import (
	"fmt"
	"strings"
)

func (e Received) String() string {
	if e.Duplicate {
		return fmt.Sprintf("received %s again", e.Message)
	}
	return fmt.Sprintf("received %s  %s", e.Message, e.Payloads)
}

func (e Sent) String() string {
	if e.Retransmission {
		return fmt.Sprintf("sent %s again", e.Message)
	}
	return fmt.Sprintf("sent %s  %s", e.Message, e.Payloads)
}

func (e StateChanged) String() string { return fmt.Sprintf("state %s -> %s", e.From, e.To) }
func (e Decided) String() string      { return e.Text }
func (e Computed) String() string     { return fmt.Sprintf("%s: %s", e.Name, e.Value) }

func (e Mismatch) String() string {
	return fmt.Sprintf("proposal mismatch: %s: expected %s, received %s", e.Item, e.Expected, e.Received)
}

func (e Phase1Up) String() string {
	return fmt.Sprintf("ISAKMP SA established with %s: %s, life %s", e.PeerID, e.Proposal, e.Life)
}

func (e Phase2Up) String() string {
	var list []string
	for i := range e.In {
		list = append(list, "in "+e.In[i].String())
	}
	for i := range e.Out {
		list = append(list, "out "+e.Out[i].String())
	}
	return "IPsec SA established: " + strings.Join(list, "; ")
}

func (e Refused) String() string {
	text := fmt.Sprintf("refused %s: %v", e.Message, e.Refusal)
	if e.Notified {
		text += "; peer notified"
	}
	return text
}

func (e Notified) String() string {
	how := "in clear"
	if e.Protected {
		how = "protected"
	}
	return fmt.Sprintf("peer notifies %s (%d), %s", e.Name, e.Type, how)
}

func (e Failed) String() string {
	if e.Err != nil {
		return fmt.Sprintf("phase %d failed: %s: %v", e.Phase, e.Reason, e.Err)
	}
	return fmt.Sprintf("phase %d failed: %s", e.Phase, e.Reason)
}

func (e Needless) String() string {
	return fmt.Sprintf("request dropped: what %v needs %s", e.Packet, e.Reason)
}
func (e Gone) String() string { return fmt.Sprintf("%s %s", e.SA, e.Reason) }
func (e Aged) String() string { return e.SA + " has come to its soft limit" }
func (e Followed) String() string {
	return fmt.Sprintf("the peer is at %v now, no more at %v", e.Remote, e.From)
}
