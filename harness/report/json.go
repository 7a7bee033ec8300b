package report

import (
	"encoding/json"
	"io"
	"time"
)

// A Run is a whole run, as its reports tell it.
type Run struct {
	Start    time.Time
	Duration time.Duration
	Seed     uint64
	Command  []string
	Results  []Result
}

type jsonRun struct {
	Summary map[Verdict]int `json:"summary"`
	Total   int             `json:"total"`
	Start   time.Time       `json:"start"`
	Seconds float64         `json:"seconds"`
	Seed    uint64          `json:"seed"`
	Command []string        `json:"command"`
	Cases   []jsonCase      `json:"cases"`
}

type jsonCase struct {
	Result
	Seconds float64 `json:"seconds"`
	Cause   string  `json:"cause,omitempty"`
	Rerun   string  `json:"rerun,omitempty"`
}

// WriteJSON writes summary, with a count per verdict, and cases, each with id, name, tags,
// verdict and seconds.
func WriteJSON(w io.Writer, run Run) error {
	out := jsonRun{
		Summary: Count(run.Results), Total: len(run.Results), Start: run.Start.UTC(),
		Seconds: seconds(run.Duration), Seed: run.Seed, Command: run.Command, Cases: []jsonCase{},
	}
	for _, r := range run.Results {
		c := jsonCase{Result: r, Seconds: seconds(r.Duration)}
		if r.Tags == nil {
			c.Tags = []string{}
		}
		if r.Failure != nil {
			c.Cause, c.Rerun = r.Failure.Cause, r.Failure.Rerun
		}
		out.Cases = append(out.Cases, c)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

// seconds keeps milliseconds: more is noise in a diff.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
