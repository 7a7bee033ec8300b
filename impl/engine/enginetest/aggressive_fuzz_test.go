package enginetest

import (
	"testing"
	"time"

	"ikewit/impl/ike"
	"ikewit/impl/wire/isakmp"
)

// FuzzAggressiveMode puts octets that could be anything in the place of one message of Aggressive Mode, with its cookies.
// Nobody falls over, and an honest negotiation works afterwards.
func FuzzAggressiveMode(f *testing.F) {
	const cookies = 16
	names := []string{"AI1", "AR1", "AI2"}
	side := Side{Profile: Profile{Phase1: "aggressive", IKE: []string{"3des-sha1-modp768"}, NATT: "on", DPD: "30s"}}
	side.Config.Limits.Exponent = 4
	recorder := side
	seen := map[string][]byte{}
	recorder.Config.Seams.Hashed = func(message string, m *isakmp.Message) { seen[message] = m.Append(nil) }
	c := NewCouple(1, recorder, recorder, false)
	c.Initiate(c.Alice)
	c.Run(time.Second)
	for i, name := range names {
		f.Add(seen[name], uint8(i))
		f.Add(seen[name][:len(seen[name])-3], uint8(i))
	}
	f.Fuzz(func(t *testing.T, octets []byte, where uint8) {
		lying := side
		told := false
		lying.Config.Seams.Sealed = func(message string, honest []byte) []byte {
			if told || message != names[int(where)%len(names)] {
				return honest
			}
			told = true
			return append(append([]byte(nil), honest[:cookies]...), octets[min(cookies, len(octets)):]...)
		}
		c := NewCouple(1, lying, lying, false)
		c.Initiate(c.Alice)
		c.Run(3 * time.Minute)
		if !told {
			t.Error("the lie was not told")
		}
		for _, h := range c.Hosts {
			h.Do(ike.Terminate{Silent: true}) // no HASH covers what was said of NATs: both may have agreed on different things
		}
		c.Initiate(c.Alice)
		c.Run(3 * time.Minute)
		if len(c.Alice.SADB.SAs()) == 0 || len(c.Bob.SADB.SAs()) == 0 {
			t.Errorf("%d and %d SAs", len(c.Alice.SADB.SAs()), len(c.Bob.SADB.SAs()))
		}
	})
}
