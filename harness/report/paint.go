package report

// Paint colours words for a terminal. Colour never says what the word does not. The zero value
// leaves everything as it is.
type Paint struct{ On bool }

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
	dim    = "2"
)

var verdictColour = map[Verdict]string{
	Pass: green, XFail: green, Fail: red, XPass: red, Unresolved: yellow, Unsupported: cyan, Skipped: cyan,
}

// Verdict colours a text as its verdict.
func (p Paint) Verdict(v Verdict, text string) string { return p.with(verdictColour[v], text) }

// Dim makes a text step back.
func (p Paint) Dim(text string) string { return p.with(dim, text) }

func (p Paint) with(code, text string) string {
	if !p.On || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
