package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"ikewit/harness/report"
)

// A program is wit with the files it talks through.
type program struct {
	in       io.Reader
	out, err io.Writer
}

// A verb is one thing that wit does.
type verb struct {
	name    string
	args    string // what stands behind it
	help    string
	details string // for wit help VERB
	run     func(p program, s *settings) (exit int, err error)
}

// The verbs, in the order in which a newcomer needs them.
func verbs() []verb {
	return []verb{negotiateVerb, runVerb, listVerb, lintVerb, configVerb, matrixVerb, decodeVerb, doctorVerb, loadVerb}
}

// later are verbs that are planned and not there: they get a better answer than a typing error.
var later = []string{"explain", "replay", "coverage", "serve"}

// A usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// main runs a command line and gives its exit status.
func (p program) main(args []string) int {
	if len(args) == 0 {
		p.usage(p.err)
		return report.ExitUsage
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "--help":
		return p.help(rest)
	}
	v, ok := verbNamed(name)
	if !ok {
		return p.complain(unknownVerb(name))
	}
	s, err := parseSettings(v.name, rest)
	if err != nil {
		return p.complain(err)
	}
	if s.help {
		p.verbUsage(p.out, v)
		return report.ExitGood
	}
	exit, err := v.run(p, s)
	if err != nil {
		if status := p.complain(err); exit == report.ExitGood {
			return status
		}
	}
	return exit
}

// complain writes an error and gives the status that goes with it.
func (p program) complain(err error) int {
	fmt.Fprintf(p.err, "wit: %v\n", err)
	var usage *usageError
	if errors.As(err, &usage) {
		return report.ExitUsage
	}
	return report.ExitEnvironment
}

func unknownVerb(name string) error {
	if slices.Contains(later, name) {
		return usagef("%q is planned and not there yet; there are %s", name, strings.Join(verbNames(), ", "))
	}
	return usagef("unknown verb %q; there are %s (wit help tells more)", name, strings.Join(verbNames(), ", "))
}

func verbNamed(name string) (verb, bool) {
	for _, v := range verbs() {
		if v.name == name {
			return v, true
		}
	}
	return verb{}, false
}

func verbNames() []string {
	var list []string
	for _, v := range verbs() {
		list = append(list, v.name)
	}
	return list
}

func (p program) help(args []string) int {
	if len(args) == 0 {
		p.usage(p.out)
		return report.ExitGood
	}
	v, ok := verbNamed(args[0])
	if !ok {
		return p.complain(unknownVerb(args[0]))
	}
	p.verbUsage(p.out, v)
	return report.ExitGood
}

func (p program) usage(w io.Writer) {
	fmt.Fprintln(w, "wit negotiates IPsec between two hosts, watches every packet, and says whether what happened is right.")
	fmt.Fprintln(w)
	for _, v := range verbs() {
		fmt.Fprintf(w, "  wit %-10s %-22s %s\n", v.name, v.args, v.help)
	}
	fmt.Fprintln(w, "\nwit help VERB tells the options. Exit: 0 good, 1 failed, 2 usage, 3 nothing matched, 4 unresolved, 5 environment.")
}

func (p program) verbUsage(w io.Writer, v verb) {
	fmt.Fprintf(w, "wit %s %s\n  %s\n", v.name, v.args, v.help)
	if v.details != "" {
		fmt.Fprintf(w, "\n%s\n", strings.Trim(v.details, "\n"))
	}
	fmt.Fprintln(w, "\nOptions:")
	for _, o := range options {
		if o.belongsTo(v.name) {
			fmt.Fprintf(w, "  --%-22s %s\n", strings.TrimSpace(o.name+" "+o.value), o.help)
		}
	}
}
