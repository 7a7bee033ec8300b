package requirements

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed catalogue.tsv
var table string

// A Requirement is one row of the catalogue: a stimulus and a verdict that can be observed, or
// one capability of a program.
type Requirement struct {
	ID     string // IKE1-HDR-04, IPS-ESP-12, PP-07; never reused
	Level  Level
	Class  string // positive, negative, behaviour, crypto, withdrawn; feature for a capability of a program
	Marks  string // "info": recorded only; "kp": well-known implementations deviate; "" else
	Role   string // whose role: I initiator, R responder, B both, S sender, V receiver ...
	Source string // "2408 §3.1", "RFC 2406 §2.4", "pp 2.3"
	Text   string // one line: stimulus, then " => " and the verdict
}

// Level is the keyword of the source. must and should in lower case: the source says so without
// the keyword.
type Level string

// Tag is the level as scenarios carry it: must, must-not, should, should-not, may, pract; ""
// for a feature.
func (l Level) Tag() string {
	if l == "implied" {
		return "must"
	}
	return strings.ReplaceAll(strings.ToLower(string(l)), " ", "-")
}

// LevelTags are the tags that say a level.
var LevelTags = []string{"must", "must-not", "should", "should-not", "may", "pract"}

// ClassTags are the tags that say a class.
var ClassTags = []string{"positive", "negative", "behaviour", "crypto"}

// IsFeature reports whether the row is a capability of a program (PP-, PL-, WH-, IK-).
func (r *Requirement) IsFeature() bool { return r.Class == "feature" }

// All gives every row in the order of the catalogue. The slice is the caller's.
func All() []Requirement { return slices.Clone(rows) }

// Lookup finds a row by its ID.
func Lookup(id string) (Requirement, bool) {
	i, ok := byID[id]
	if !ok {
		return Requirement{}, false
	}
	return rows[i], true
}

// LooksLikeID reports whether a word has the form of an ID, whether it exists or not.
func LooksLikeID(word string) bool { return idForm.MatchString(word) }

// CheckTag says what is wrong with a tag (without its @) that has the form of an ID and is none;
// nil for every other tag.
func CheckTag(tag string) error {
	if !LooksLikeID(tag) {
		return nil
	}
	if _, ok := byID[tag]; ok {
		return nil
	}
	if near := nearest(tag); near != "" {
		return fmt.Errorf("tag @%s: no such requirement or feature; the catalogue ends its group at %s", tag, near)
	}
	return fmt.Errorf("tag @%s: no such requirement or feature", tag)
}

// InGroup gives the rows of a group, like IKE1-HDR, IPS or PP.
func InGroup(group string) []Requirement {
	var list []Requirement
	for _, r := range rows {
		if strings.HasPrefix(r.ID, group+"-") {
			list = append(list, r)
		}
	}
	return list
}

// idForm is wide on purpose: what was meant as an ID and mistyped must not pass as a free tag.
var idForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-[0-9]+[a-z]?$`)

var (
	rows = load(table)
	byID = index(rows)
)

const columns = 7

func load(text string) []Requirement {
	var list []Requirement
	for n, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != columns {
			panic(fmt.Sprintf("catalogue.tsv line %d has %d columns, not %d", n+1, len(f), columns))
		}
		list = append(list, Requirement{f[0], Level(f[1]), f[2], f[3], f[4], f[5], f[6]})
	}
	return list
}

func index(list []Requirement) map[string]int {
	m := make(map[string]int, len(list))
	for i, r := range list {
		m[r.ID] = i
	}
	return m
}

// nearest is the last ID of the same group, to show where a mistyped number went.
func nearest(id string) string {
	group := id[:strings.LastIndexByte(id, '-')+1]
	last := ""
	for _, r := range rows {
		if strings.HasPrefix(r.ID, group) {
			last = r.ID
		}
	}
	return last
}
