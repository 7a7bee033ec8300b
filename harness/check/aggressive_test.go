package check_test

import (
	"slices"
	"testing"

	"ikewit/harness/capture/isakmp"
	"ikewit/harness/check"
)

// A harm breaks one thing, and names the check that must notice.
type harm struct {
	check string
	what  string
	harm  func(e *check.Evidence)
}

// notice does every harm to evidence of its own.
func notice(t *testing.T, evidence func(*testing.T) *check.Evidence, rows []harm, covered map[string]bool) {
	t.Helper()
	for _, row := range rows {
		covered[row.check] = true
		e := evidence(t)
		row.harm(e)
		found := check.All().Run(e)
		if !slices.ContainsFunc(found, func(f check.Finding) bool { return f.Check == row.check && f.Rule != "" && f.What != "" }) {
			t.Errorf("%s (%s): not noticed; found %v", row.check, row.what, found)
		}
	}
}

// negotiatedAggressively is the evidence of one negotiation that began with Aggressive Mode.
func negotiatedAggressively(t *testing.T) *check.Evidence {
	t.Helper()
	return inSimulator(t, "phase1 aggressive ike 3des-sha1-modp1024 ike aes128-sha1-modp1024", "phase1 aggressive")
}

func TestGoodAggressiveModeHasNoFindings(t *testing.T) {
	e := negotiatedAggressively(t)
	for _, f := range append(check.Messages.Run(e), check.Hashes.Run(e)...) {
		t.Errorf("%s: %s", f.Check, f)
	}
	for _, name := range []string{"AR1", "AI2"} {
		if m := message(e, name); len(m.Checks) != 1 || !m.Checks[0].Good {
			t.Errorf("%s: %+v", name, m.Checks)
		}
	}
}

var aggressiveHarm = []harm{
	{"encryption-bit", "AI1 says it is encrypted", func(e *check.Evidence) { message(e, "AI1").ISAKMP.Flags |= isakmp.FlagEncryption }},
	{"encryption-bit", "AR1 says it is encrypted", func(e *check.Evidence) { message(e, "AR1").ISAKMP.Flags |= isakmp.FlagEncryption }},
	{"message-id", "not 0", func(e *check.Evidence) { message(e, "AI2").ISAKMP.MessageID = 1 }},
	{"cookies", "CKY-R in AI1", func(e *check.Evidence) { message(e, "AI1").ISAKMP.RCookie[3] = 1 }},
	{"order", "AI1 without identity", func(e *check.Evidence) { leaveOut(e, "AI1", isakmp.PayloadID) }},
	{"order", "AR1 without HASH", func(e *check.Evidence) { leaveOut(e, "AR1", isakmp.PayloadHASH) }},
	{"order", "AI2 without HASH", func(e *check.Evidence) { message(e, "AI2").Plain = message(e, "AI2").Plain[:0] }},
	{"public-value", "one octet short", func(e *check.Evidence) { shorten(message(e, "AI1"), isakmp.PayloadKE, 127) }},
	{"one-group", "two", func(e *check.Evidence) {
		last := &payload[*isakmp.SA](message(e, "AI1")).Proposals[0].Transforms[1]
		for i := range last.Attributes {
			if a := &last.Attributes[i]; a.Type == 4 {
				a.Value = []byte{0, 5}
			}
		}
	}},
	{"no-status", "INITIAL-CONTACT in AR1", func(e *check.Evidence) {
		m := message(e, "AR1").ISAKMP
		m.Payloads = append(m.Payloads, isakmp.Payload{Type: isakmp.PayloadN, Content: &isakmp.Notification{Type: 24578}})
	}},
	{"hash", "HASH_R is not what it should be", func(e *check.Evidence) { message(e, "AR1").Checks[0].Good = false }},
}

func leaveOut(e *check.Evidence, name string, t isakmp.PayloadType) {
	m := message(e, name).ISAKMP
	m.Payloads = slices.DeleteFunc(m.Payloads, func(p isakmp.Payload) bool { return p.Type == t })
}
