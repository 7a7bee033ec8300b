package ike1

import (
	"strings"
	"testing"
)

// walk follows a table from idle, and checks that it is whole: every row can be reached, every state waits for one
// message, and the end is the end.
func walk[X any](t *testing.T, name string, rows []row[X], r role, start state, end state) {
	t.Helper()
	reached := map[state]bool{start: true}
	for again := true; again; {
		again = false
		for _, row := range rows {
			if reached[row.from] && !reached[row.to] {
				reached[row.to], again = true, true
			}
		}
	}
	waits := map[state]string{}
	for i, row := range rows {
		where := name + " " + row.message
		switch {
		case !reached[row.from]:
			t.Errorf("%s: state %q is never reached", where, row.from)
		case row.role != r:
			t.Errorf("%s: row %d is of another role", where, i)
		case !strings.HasPrefix(row.section, "2409 §5"):
			t.Errorf("%s: no section", where)
		case row.needed&row.allowed != 0:
			t.Errorf("%s: %v is needed and allowed", where, row.needed&row.allowed)
		case row.message != "" && (row.needed == 0 || row.prove == nil), row.goOn == nil:
			t.Errorf("%s: nothing is needed, proved or done", where)
		case row.encrypted == inClear && row.needed&hash != 0 && row.message != "AR1",
			row.encrypted != inClear && row.needed&hash == 0, row.encrypted == either && row.message != "AI2":
			t.Errorf("%s: encrypted %d", where, row.encrypted)
		case row.from == end:
			t.Errorf("%s: there is no way on from %q", where, end)
		case waits[row.from] != "" || find(rows, row.from, 1) != &rows[i]:
			t.Errorf("%s: state %q waits for %q too", where, row.from, waits[row.from])
		}
		waits[row.from] = where
	}
	if !reached[end] {
		t.Errorf("%s never ends", name)
	}
	for s := range reached {
		if s != end && waits[s] == "" {
			t.Errorf("%s: nothing leads on from %q", name, s)
		}
	}
	if find(rows, end, 1) != nil {
		t.Errorf("%s: something is expected at the end", name)
	}
}

func TestTables(t *testing.T) {
	walk(t, "Main Mode initiator", mainInitiator, initiator, idle, established)
	walk(t, "Main Mode responder", mainResponder, responder, idle, established)
	walk(t, "Aggressive Mode initiator", aggressiveInitiator, initiator, idle, established)
	walk(t, "Aggressive Mode responder", aggressiveResponder, responder, idle, established)
	walk(t, "Quick Mode initiator", quickInitiator, initiator, idle, done)
	walk(t, "Quick Mode responder", quickResponder, responder, idle, done)
}

// Every message of the tables has a name for its HASH, if it must have one.
func TestHashesHaveNames(t *testing.T) {
	for _, rows := range [][]row[*phase1]{mainInitiator, mainResponder, aggressiveInitiator, aggressiveResponder} {
		for _, r := range rows {
			if r.needed&hash != 0 && hashNames[r.message] == "" {
				t.Errorf("HASH of %s has no name", r.message)
			}
		}
	}
	for _, rows := range [][]row[*quick]{quickInitiator, quickResponder} {
		for _, r := range rows {
			if hashNames[r.message] == "" && r.message != "" {
				t.Errorf("HASH of %s has no name", r.message)
			}
		}
	}
}
