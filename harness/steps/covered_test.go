package steps

import (
	"testing"

	"ikewit/features/requirements"
)

// untested are rows of the groups below that no scenario has, with the reason.
var untested = map[string]string{
	"EXT-UDPE-10": "there is no dead peer detection",
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
	for _, group := range []string{"EXT-NATT", "EXT-UDPE"} {
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
