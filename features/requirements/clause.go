package requirements

import (
	"fmt"
	"regexp"
	"strings"
)

// A Clause is a place in an RFC: "2409" and "5.4". The section may be empty: the whole RFC. As a
// tag and as a selector it is written rfc2409/5.4.
type Clause struct {
	RFC     string // digits
	Section string // "5.4", "App.B", or ""
}

// ParseClause reads rfc2409, rfc2409/5.4 or rfc2409/App.B.
func ParseClause(s string) (Clause, error) {
	m := clauseForm.FindStringSubmatch(s)
	if m == nil {
		return Clause{}, fmt.Errorf("%q is not an RFC clause: write rfc2409/5.4, or rfc2409 for all of it", s)
	}
	return Clause{m[1], m[2]}, nil
}

// LooksLikeClause reports whether a word was meant as a clause.
func LooksLikeClause(word string) bool { return clauseStart.MatchString(word) }

func (c Clause) String() string {
	if c.Section == "" {
		return "rfc" + c.RFC
	}
	return "rfc" + c.RFC + "/" + c.Section
}

// Covers reports whether o lies in c: the same section or one below it.
func (c Clause) Covers(o Clause) bool {
	return c.RFC == o.RFC &&
		(c.Section == "" || c.Section == o.Section || strings.HasPrefix(o.Section, c.Section+"."))
}

// Clauses gives the places that the source column names: "2408 §3.1, §5.2(3), 2409 App.B" are
// three. Sources that are no RFC (drafts, manuals) give none.
func (r *Requirement) Clauses() []Clause {
	var list []Clause
	rfc := ""
	for part := range strings.SplitSeq(r.Source, ",") {
		if m := sourceRFC.FindStringSubmatch(part); m != nil {
			rfc = m[1]
		} else if !strings.HasPrefix(strings.TrimSpace(part), "§") {
			rfc = "" // a draft or a manual: its sections are not those of the RFC before it
		}
		if rfc == "" {
			continue
		}
		if m := sourceSection.FindStringSubmatch(part); m != nil {
			list = append(list, Clause{rfc, m[1]})
		} else if m := sourceAppendix.FindStringSubmatch(part); m != nil {
			list = append(list, Clause{rfc, "App." + m[1]})
		} else {
			list = append(list, Clause{rfc, ""})
		}
	}
	return list
}

var (
	clauseStart    = regexp.MustCompile(`(?i)^rfc[0-9]`)
	clauseForm     = regexp.MustCompile(`^rfc([0-9]{3,5})(?:/((?:[0-9]+(?:\.[0-9]+)*)|App\.[A-Z](?:\.[0-9]+)*))?$`)
	sourceRFC      = regexp.MustCompile(`^\s*(?:RFC )?([0-9]{4,5})\b`)
	sourceSection  = regexp.MustCompile(`§\s*([0-9]+(?:\.[0-9]+)*)`)
	sourceAppendix = regexp.MustCompile(`App\.\s*([A-Z])`)
)
