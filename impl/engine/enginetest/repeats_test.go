package enginetest

import (
	"testing"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/simnet"
)

// answers says what each message of an ordinary negotiation is answered with.
var answers = []struct{ message, from, to, answer string }{
	{"MI1", "alice", "bob", "MR1"},
	{"MR1", "bob", "alice", "MI2"},
	{"MI2", "alice", "bob", "MR2"},
	{"MR2", "bob", "alice", "MI3"},
	{"MI3", "alice", "bob", "MR3"},
	{"MR3", "bob", "alice", ""},
	{"QI1", "alice", "bob", "QR1"},
	{"QR1", "bob", "alice", "QI2"},
	{"QI2", "alice", "bob", ""},
	{"AI1", "alice", "bob", "AR1"},
	{"AR1", "bob", "alice", "AI2"},
	{"AI2", "alice", "bob", ""},
}

// TestARepeatedMessageGetsItsAnswerAgain: an answer is lost, and its message comes again before the time of the other
// side is up. Then the answer is said again, and all goes on.
func TestARepeatedMessageGetsItsAnswerAgain(t *testing.T) {
	for _, row := range answers {
		t.Run(row.message, func(t *testing.T) {
			side := Side{Profile: Profile{Phase1: phase1Of(row.message)}}
			side.Config.Trace.Messages = true
			c := NewCouple(1, side, side, false)
			c.Net.Connect(row.from, row.to, simnet.Duplicate{
				Link: c.Net.Between(row.from, row.to), Pick: simnet.First(row.message), Gap: 2 * time.Second,
			})
			if row.answer != "" {
				c.Net.Connect(row.to, row.from, simnet.Lose{Link: c.Net.Between(row.to, row.from), Pick: simnet.First(row.answer)})
			}
			c.Alice.Do(ike.Initiate{Conn: c.AliceConn, Phase1Only: row.message[0] == 'A'})
			c.Run(5 * time.Second)
			var again []string
			for _, e := range c.Host(row.to).Events {
				if e, ok := e.(ike.Sent); ok && e.Retransmission {
					again = append(again, e.Message)
				}
			}
			if len(again) > 1 || len(again) == 0 && row.answer != "" || len(again) == 1 && again[0] != row.answer {
				t.Errorf("%s said %v again, want %q", row.to, again, row.answer)
			}
			if err := c.Agree(); err != nil || row.message[0] != 'A' && len(c.Alice.SADB.SAs()) != 2 {
				t.Errorf("%d SAs, %v", len(c.Alice.SADB.SAs()), err)
			}
		})
	}
}
