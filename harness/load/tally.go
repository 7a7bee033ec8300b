package load

import "time"

// A Tally is what came of a run.
type Tally struct {
	Begun, Established, Failed int
	Failures                   map[string]int // by reason
	Elapsed                    time.Duration
	Interrupted                bool // the context ended first
	HeldBack                   bool // the rate was not kept: as many were in flight as may be

	Sent, Received int // datagrams
	SentAgain      int // of those
	NotSent        int // that the network did not take
	Strays         int // that belong to no flight

	latency histogram // from the first step of an initiator to its last, of those established
}

// maxReasons bounds how many different reasons are kept. Ours.
const maxReasons = 32

func (t *Tally) failed(reason string) {
	t.Failed++
	if t.Failures[reason] == 0 && len(t.Failures) >= maxReasons {
		reason = "other reasons"
	}
	t.Failures[reason]++
}

// Quantile gives a latency that so large a part (0 to 1) of those established did not exceed, at most 1 % too long.
func (t *Tally) Quantile(part float64) time.Duration { return t.latency.quantile(part) }
