package deviation

import (
	"strings"
	"testing"
	"time"

	"ikewit/impl/engine/enginetest"
	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// Every deviation meets an honest engine: it is noticed by the check that the row names, told as the row expects,
// nothing comes of it, and an ordinary negotiation works afterwards.
func TestDeviationsMeetAnHonestEngine(t *testing.T) {
	for _, d := range All() {
		t.Run(d.Name, func(t *testing.T) {
			if d.Between == asksWrongly || d.Between == answersWrongly {
				meetAlive(t, &d)
				return
			}
			meet(t, &d)
		})
	}
}

func meet(t *testing.T, d *Deviation) {
	l := &Liar{Deviation: d}
	honest, lying := enginetest.Side{}, enginetest.Side{}
	lying.Config.Seams = l.Seams()
	alice, bob := lying, honest
	if !d.ByInitiator() {
		alice, bob = honest, lying
	}
	if d.Between != "" {
		for _, s := range []*enginetest.Side{&alice, &bob} {
			s.Profile.NATT, s.Profile.Mode = "on", "transport"
		}
	}
	if d.Between == tunnelNAT {
		alice.Profile.Mode, alice.Profile.Local, alice.Profile.Remote = "", "10.3.0.0/24", "10.4.0.0/24"
		bob.Profile.Mode, bob.Profile.Local, bob.Profile.Remote = "", "10.4.0.0/24", "10.3.0.0/24"
	}
	if d.In[0] == 'A' {
		alice.Profile.Phase1, bob.Profile.Phase1 = "aggressive", "aggressive"
	}
	if d.Name == "ai1-two-groups" {
		bob.Profile.IKE = []string{"3des-sha1-modp1536", "3des-sha1-modp1024"}
	}
	c := enginetest.NewCoupleBehind(1, alice, bob, false, [2]bool{d.Between == behindNAT || d.Between == tunnelNAT, false})
	witness, liar := c.Bob, c.Alice
	if !d.ByInitiator() {
		witness, liar = c.Alice, c.Bob
	}
	c.Initiate(c.Alice)
	c.Run(5 * time.Second)
	if d.In == "INFO" {
		l.Told, l.Honest = 0, false
		liar.Do(ike.Terminate{})
		c.Run(time.Second)
	}
	if l.Honest = true; l.Told == 0 {
		t.Fatal("the lie was never told")
	}
	c.Run(100 * time.Second)

	if told := notified(liar); !d.Expect.Fits(told) {
		t.Errorf("the honest side notifies %v, expected %v", told, d.Expect)
	}
	checkRefusal(t, d, witness)
	n := len(witness.SADB.SAs())
	switch {
	case d.Expect.Accepted && n != 2, d.In == "INFO" && n != 2: // what was to be deleted stays
		t.Errorf("the honest side holds %d SAs, want 2", n)
	case !d.Expect.Accepted && d.In != "INFO" && n != 0:
		t.Errorf("the honest side holds %d SAs, want none", n)
	}
	alive(t, c)
}

func checkRefusal(t *testing.T, d *Deviation, witness *enginetest.Host) {
	t.Helper()
	r := refusal(witness)
	switch {
	case d.Expect.Accepted && r != nil:
		t.Errorf("refused: %v", r)
	case d.Expect.Accepted:
	case r == nil:
		t.Errorf("nothing was refused; events: %v", witness.Events)
	case r.Refusal.Check != d.Check:
		t.Errorf("refused: %v; expected check %s", r, d.Check)
	case r.Message != d.In && !strings.HasSuffix(r.Message, "essage"):
		t.Errorf("refused: %v; expected it in %s", r, d.In)
	}
}

// alive checks that an ordinary negotiation works.
func alive(t *testing.T, c *enginetest.Couple) {
	t.Helper()
	before := len(c.Alice.SADB.SAs())
	c.Initiate(c.Alice)
	c.Run(5 * time.Second)
	if n := len(c.Alice.SADB.SAs()); n != before+2 {
		t.Errorf("afterwards %d SAs became %d", before, n)
	}
}

// notified gathers the errors that a host was notified of, one of several equal ones in a row.
func notified(h *enginetest.Host) (list []isakmp.NotifyType) {
	for _, e := range h.Events {
		n, ok := e.(ike.Notified)
		t := isakmp.NotifyType(n.Type)
		if ok && t.IsError() && (len(list) == 0 || list[len(list)-1] != t) {
			list = append(list, t)
		}
	}
	return list
}

func refusal(h *enginetest.Host) *ike.Refused {
	for _, e := range h.Events {
		if r, ok := e.(ike.Refused); ok {
			return &r
		}
	}
	return nil
}
