package deviation

import (
	"testing"
	"time"

	"ikewit/impl/engine/enginetest"
)

// meetAlive: who is asked wrongly keeps his SAs; who is answered wrongly gives them up.
func meetAlive(t *testing.T, d *Deviation) {
	l := &Liar{Deviation: d}
	alice, bob := enginetest.Side{Profile: enginetest.Profile{DPD: "30s"}}, enginetest.Side{Profile: enginetest.Profile{DPD: "on"}}
	if d.Between == asksWrongly {
		alice.Config.Seams = l.Seams()
	} else {
		bob.Config.Seams = l.Seams()
	}
	c := enginetest.NewCouple(1, alice, bob, false)
	witness, left := c.Bob, 2
	if d.Between == answersWrongly {
		witness, left = c.Alice, 0
	}
	c.Initiate(c.Alice)
	c.Run(3 * time.Minute)
	if l.Told < 3 {
		t.Errorf("the lie was told %d times, want 3", l.Told)
	}
	checkRefusal(t, d, witness)
	if n := len(witness.SADB.SAs()); n != left {
		t.Errorf("the honest side holds %d SAs, want %d", n, left)
	}
	for _, h := range c.Hosts {
		if told := notified(h); len(told) != 0 {
			t.Errorf("%s is notified of %v", h.Name, told)
		}
	}
}
