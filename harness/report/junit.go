package report

import (
	"encoding/xml"
	"io"
	"strings"
	"unicode"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     float64      `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string     `xml:"name,attr"`
	Class   string     `xml:"classname,attr"`
	File    string     `xml:"file,attr"`
	Time    float64    `xml:"time,attr"`
	Failure *junitText `xml:"failure,omitempty"`
	Error   *junitText `xml:"error,omitempty"`
	Skipped *junitText `xml:"skipped,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the run for continuous integration: a suite a feature file. Unresolved is
// an error; unsupported, skipped and xfail are skipped.
func WriteJUnit(w io.Writer, run Run) error {
	out := junitSuites{Time: seconds(run.Duration)}
	at := map[string]int{}
	for _, r := range run.Results {
		file, _, _ := strings.Cut(r.ID, ".feature:")
		i, ok := at[file]
		if !ok {
			i = len(out.Suites)
			at[file] = i
			out.Suites = append(out.Suites, junitSuite{Name: r.Feature})
		}
		s := &out.Suites[i]
		s.add(r)
	}
	for _, s := range out.Suites {
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Errors += s.Errors
		out.Skipped += s.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(r Result) {
	file, _, _ := strings.Cut(r.ID, ":")
	c := junitCase{Name: r.Name, Class: strings.TrimSuffix(file, ".feature"), File: r.ID, Time: seconds(r.Duration)}
	text := &junitText{Message: printable(r.Reason), Type: string(r.Verdict)}
	if r.Failure != nil {
		var b strings.Builder
		WriteFailure(&b, r, Paint{})
		text.Text = printable(b.String())
	}
	s.Tests++
	switch r.Verdict {
	case Fail, XPass:
		s.Failures++
		c.Failure = text
	case Unresolved:
		s.Errors++
		c.Error = text
	case Unsupported, Skipped, XFail:
		s.Skipped++
		c.Skipped = text
	}
	s.Cases = append(s.Cases, c)
}

// printable keeps what a peer said from breaking the XML.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
