package suite

import (
	"fmt"
	"strings"
)

// clauseText is the RFC clauses of a case for people: "RFC 2409 section 5.4 (IKE1-HDR-04)".
func clauseText(c *Case) string {
	var parts []string
	for _, r := range c.Requirements() {
		for _, cl := range r.Clauses() {
			parts = append(parts, fmt.Sprintf("%s (%s)", clauseWords(cl.RFC, cl.Section), r.ID))
			break
		}
	}
	if len(parts) > 0 {
		return strings.Join(parts[:min(3, len(parts))], ", ")
	}
	for _, cl := range c.Clauses() {
		parts = append(parts, clauseWords(cl.RFC, cl.Section))
	}
	return strings.Join(parts[:min(3, len(parts))], ", ")
}

func clauseWords(rfc, section string) string {
	if section == "" {
		return "RFC " + rfc
	}
	return "RFC " + rfc + " section " + section
}

// levelText is the level of the case's tags as the RFCs write it: MUST, SHOULD NOT.
func (c *Case) levelText() string {
	return strings.ToUpper(strings.ReplaceAll(c.Level(), "-", " "))
}
