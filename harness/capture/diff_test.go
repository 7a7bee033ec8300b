package capture

import (
	"fmt"
	"testing"
)

func TestDiffSeesWhatWasSaidNotWhatWasDrawn(t *testing.T) {
	all := loadVectors(t)
	recovered := func(p vectorPhase1, list ...vectorMessage) *Conversation {
		s := &script{t: t}
		s.say(p.Messages...)
		s.say(list...)
		c := s.conversation()
		if _, err := Recover(c, p.secrets()["g^xy"]); err != nil {
			t.Fatal(err)
		}
		return c
	}
	byID := map[string]vectorPhase1{}
	for _, p := range all.Phase1 {
		byID[p.ID] = p
	}
	first, long := byID["P1-SHA1-3DES-G2"], byID["P1-SHA1-3DES-G2-LONGPSK"]
	quick := map[string]vectorQuick{}
	for _, q := range all.QuickMode {
		quick[q.ID] = q
	}
	if d := Diff(recovered(first), recovered(long)); len(d) != 0 {
		t.Errorf("another secret alone: %v", d)
	}
	got := Diff(recovered(first), recovered(byID["P1-MD5-3DES-G2"]))
	if len(got) < 2 || got[0].String() != `MI1 SA Proposal 1 Transform 1 Hash Algorithm: "SHA", "MD5"` || got[1].String() != `MR1 SA Proposal 1 Transform 1 Hash Algorithm: "SHA", "MD5"` {
		t.Errorf("another hash: %v", got)
	}
	a := recovered(first, quick["QM-SHA1-3DES-NOPFS"].Messages...)
	b := recovered(first, quick["QM-SHA1-DES-MD5"].Messages[:2]...)
	texts := map[string]bool{}
	for _, d := range Diff(a, b) {
		texts[d.String()] = true
	}
	for _, line := range []string{
		`QI1 SA Proposal 1 Transform 1 Transform-Id: "ESP_3DES", "ESP_DES"`,
		`QI1 SA Proposal 1 Transform 1 Authentication Algorithm: "HMAC-SHA", "HMAC-MD5"`,
		`QI2 : "HDR*, HASH(3)", ""`,
	} {
		if !texts[line] {
			t.Errorf("no %s in %v", line, texts)
		}
	}
	if d := Diff(b, a); fmt.Sprint(d[len(d)-1]) != `QI2 : "", "HDR*, HASH(3)"` {
		t.Errorf("a message that only the second has: %v", d)
	}
	if d := Diff(a, a); len(d) != 0 {
		t.Errorf("a conversation and itself: %v", d)
	}
}
