package steps

import (
	"testing"

	"ikewit/features/requirements"
)

// untested are rows of the groups below that no scenario has, with the reason.
var untested = map[string]string{
	"EXT-DPD-08": "a question in clear is sent by the tester of impl/engine: no engine sends one",
	"EXT-DPD-09": "so is an answer in clear",
	"IKE1-AM-06": "AI2 in clear is played from the vectors, in impl/engine: we send it encrypted",
	"IKE1-AM-08": "as IKE1-AM-06",
	"IKE1-AM-13": "there are no signatures",
}

// Every row of the groups whose subject has a folder of its own is a scenario there, or is listed with a reason; and nothing is
// listed that is a scenario after all.
func TestEveryRowIsAScenario(t *testing.T) {
	tagged := map[string]bool{}
	for _, c := range allCases(t) {
		for _, tag := range c.Tags {
			tagged[tag] = true
		}
	}
	for _, group := range []string{"EXT-NATT", "EXT-UDPE", "EXT-DPD", "IKE1-AM"} {
		list := requirements.InGroup(group)
		if len(list) == 0 {
			t.Errorf("no group %s", group)
		}
		for _, r := range list {
			switch why := untested[r.ID]; {
			case !tagged[r.ID] && why == "":
				t.Errorf("%s is no scenario: %s", r.ID, r.Text)
			case tagged[r.ID] && why != "":
				t.Errorf("%s is a scenario, and is listed as none: %s", r.ID, why)
			}
		}
	}
}
