package suite

import (
	"fmt"
	"slices"
	"strings"

	"ikewit/features/requirements"
)

// Plain tags, beside IDs of the catalogue and clauses like rfc2409/5.4.
var plainTags = map[string]string{
	"initiator": "the role of the implementation under test",
	"responder": "the role of the implementation under test",
	"ikev1":     "version 1 of IKE",
	"ikev2":     "version 2 of IKE",
	"sim":       "runs in the simulator only",
	"netns":     "runs in namespaces only: it needs real sockets or traffic",
	"interop":   "the peer is whatever --peer names",
	"process":   "runs plutoplus as a child process",
	"ipv6":      "over IPv6",
	"kernel":    "needs a kernel with ESP and AH, and asks it",
	"userspace": "of the user-space stack: no kernel can do it",
	"strict":    "a known deviation of others; we must not show it",
}

// CheckTag says what is wrong with a tag (without its @); nil: it makes sense.
func CheckTag(tag string) error {
	switch {
	case requirements.LooksLikeID(tag):
		return requirements.CheckTag(tag)
	case requirements.LooksLikeClause(tag):
		_, err := requirements.ParseClause(tag)
		if err != nil {
			return fmt.Errorf("tag @%s: %w", tag, err)
		}
		return nil
	case slices.Contains(requirements.LevelTags, tag), slices.Contains(requirements.ClassTags, tag):
		return nil
	case plainTags[tag] != "":
		return nil
	}
	return fmt.Errorf("tag @%s: not a requirement, feature, clause, level, class or plain tag (%s)", tag, strings.Join(plainTagNames(), " "))
}

func plainTagNames() []string {
	var list []string
	for t := range plainTags {
		list = append(list, t)
	}
	slices.Sort(list)
	return list
}
