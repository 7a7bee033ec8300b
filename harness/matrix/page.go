package matrix

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ikewit/harness/report"
)

// A Matrix is what matrix.json holds.
type Matrix struct {
	Start  time.Time `json:"start"`
	Seed   uint64    `json:"seed"`
	Names  []string  `json:"implementations"`
	Trials []Trial   `json:"trials"`
}

// Write writes index.html and matrix.json into a folder; bundles are named from there.
func (m Matrix) Write(dir string) error {
	for i := range m.Trials {
		if rel, err := filepath.Rel(dir, m.Trials[i].Bundle); err == nil && m.Trials[i].Bundle != "" {
			m.Trials[i].Bundle = filepath.ToSlash(rel)
		}
	}
	if err := write(filepath.Join(dir, "matrix.json"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(m)
	}); err != nil {
		return err
	}
	return write(filepath.Join(dir, "index.html"), func(w io.Writer) error { return page.Execute(w, m) })
}

func write(name string, do func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := do(f); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", name, err)
	}
	return f.Close()
}

// Cell gives the trials of two implementations.
func (m Matrix) Cell(initiator, responder string) []Trial {
	var list []Trial
	for _, t := range m.Trials {
		if t.Initiator == initiator && t.Responder == responder {
			list = append(list, t)
		}
	}
	return list
}

// Verdict of a cell is that of its worst trial.
func (m Matrix) Verdict(initiator, responder string) string {
	worst := ""
	for _, v := range []report.Verdict{report.Fail, report.Unresolved, report.Skipped, report.Unsupported, report.Pass} {
		for _, t := range m.Cell(initiator, responder) {
			if t.Verdict == v && worst == "" {
				worst = string(v)
			}
		}
	}
	if worst == "" {
		return "not run"
	}
	return worst
}

// Versions are what the foreign implementations call themselves.
func (m Matrix) Versions() string {
	var list []string
	for _, t := range m.Trials {
		if t.Peers != "" && !strings.Contains(strings.Join(list, "; "), t.Peers) && t.Initiator == "self" {
			list = append(list, t.Peers)
		}
	}
	return strings.Join(list, "; ")
}

var page = template.Must(template.New("matrix").Parse(`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Who negotiates with whom</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
table { border-collapse: collapse } th, td { border: 1px solid #bbb; padding: .5em .8em; text-align: left; vertical-align: top }
ul { margin: .3em 0 0; padding-left: 1.1em; font-size: 13px }
.pass { background: #e4f5e4 } .fail { background: #fbdcdc } .unresolved, .skipped { background: #fdf1cf } .unsupported { background: #eee }
</style>
<h1>Who negotiates with whom</h1>
<p>{{.Start.UTC.Format "2006-01-02 15:04:05"}} UTC, seed {{.Seed}}{{with .Versions}}, {{.}}{{end}}. Each line links its evidence: ladder, capture, keys, SAs, logs and configurations of both sides.</p>
{{$m := .}}
<table>
<tr><th scope="col">initiator \ responder</th>{{range .Names}}<th scope="col">{{.}}</th>{{end}}</tr>
{{range $i := .Names}}<tr><th scope="row">{{$i}}</th>
{{range $r := $m.Names}}<td class="{{$m.Verdict $i $r}}"><b>{{$m.Verdict $i $r}}</b>
<ul>{{range $m.Cell $i $r}}<li>{{if .Bundle}}<a href="{{.Bundle}}/case.txt">{{.Negotiation}}</a> (<a href="{{.Bundle}}/">files</a>){{else}}{{.Negotiation}}{{end}}: {{.Verdict}}, {{printf "%.1f" .Seconds}} s{{if eq .Data "carried"}}, data both ways{{else}}, without data{{end}}{{with .Reason}}<br>{{.}}{{end}}{{with .Blame}}<br><b>blame:</b> {{.}}{{end}}</li>
{{end}}</ul></td>
{{end}}</tr>
{{end}}</table>
</html>
`))
