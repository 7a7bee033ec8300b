package report

import "time"

// A Result is what became of one case.
type Result struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Feature  string        `json:"feature"`
	Tags     []string      `json:"tags"`
	Verdict  Verdict       `json:"verdict"`
	Duration time.Duration `json:"-"`
	Fabric   string        `json:"fabric,omitempty"` // sim or netns
	Kernel   string        `json:"kernel,omitempty"` // where the SAs were: user, none, xfrm
	Peer     string        `json:"peer,omitempty"`   // version of the foreign implementation, if one took part
	Data     string        `json:"data,omitempty"`   // whether traffic passed in the SAs: Carried, or why the check of it is unsupported
	Seed     uint64        `json:"seed"`
	Reason   string        `json:"reason,omitempty"` // one sentence, for every verdict but pass
	Bundle   string        `json:"bundle,omitempty"` // folder of the evidence, if it was kept
	Failure  *Failure      `json:"-"`
}

// Carried is the Data of a case whose SAs carried traffic both ways, all of it judged.
const Carried = "carried"

// Dataless reports whether a case was to carry data and could not: what it says of the negotiation holds all the same.
func (r Result) Dataless() bool { return r.Data != "" && r.Data != Carried }

// A Failure tells what went wrong, in the order in which a reader wants to know. Fields that
// have nothing to say are empty.
type Failure struct {
	Clause   string // "RFC 2409 section 5.4"
	Level    string // MUST, SHOULD ...
	Step     string // the sentence that failed, with its line
	Cause    string // one sentence
	Code     string // short stable name of the cause: "sa-keys", "clear-payload", "step"
	Expected string
	Actual   string
	Ladder   *Ladder
	SADiff   []string // differences between the SAs of both sides and the wire
	Log      []string // last lines that the peers said
	Next     string   // what to do now
	Files    []string // of the bundle
	Rerun    string   // the command that runs this one case again
}
