package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ikewit/harness/peer"
	"ikewit/harness/peer/plutoplus"
	"ikewit/harness/world"
)

// A cliRun is a command line that was run where there is no host.
type cliRun struct{ p *plutoplus.Peer }

// cliRows are the sentences about command lines that end before anything is opened.
func cliRows(s *scenario) []row {
	return []row{
		{"plutoplus is run with {string}", arranges, "anywhere: it must end by itself", func(ctx context.Context, args string) error { return s.cli.run(ctx, unquote(args)) }},
		{"it exits with {int}", proves, "its exit status", func(want int) error { return s.cli.status(want) }},
		{"it prints: {text}", proves, "a line of standard output contains it", func(text string) error { return s.cli.says(peer.Out, text) }},
		{"it complains: {text}", proves, "a line of standard error is \"plutoplus: \" and it", func(text string) error { return s.cli.says(peer.Err, "plutoplus: "+text) }},
		{"it prints nothing on stdout", checks, "standard output is empty", func() error { return s.cli.silent(peer.Out, "standard output") }},
		{"it prints nothing on stderr", checks, "standard error is empty", func() error { return s.cli.silent(peer.Err, "standard error") }},
		{"the usage text follows on stderr", proves, "after the complaint", func() error { return s.cli.says(peer.Err, "usage: plutoplus") }},
		{"every option has a line in the usage text", checks, "every one-letter option and every long one", func() error { return s.cli.usage() }},
	}
}

func (c *cliRun) run(ctx context.Context, args string) error {
	p, err := plutoplus.NewAlone(strings.Fields(args))
	if err != nil {
		return err
	}
	c.p = p
	if err := p.Start(ctx); err != nil {
		return err
	}
	select {
	case <-p.Ended():
		return nil
	default:
		p.End()
		return &world.Mismatch{Code: "exit-status", What: p.Command(), Expected: "ends by itself", Actual: "it listens"}
	}
}

func (c *cliRun) ran() error {
	if c.p == nil {
		return fmt.Errorf("nothing was run: %q", `plutoplus is run with "..."`)
	}
	return nil
}

func (c *cliRun) status(want int) error {
	if err := c.ran(); err != nil {
		return err
	}
	if got := c.p.Status(); got != want {
		return &world.Mismatch{Code: "exit-status", What: "exit status of " + c.p.Command(), Expected: fmt.Sprint(want), Actual: fmt.Sprint(got)}
	}
	return nil
}

func (c *cliRun) says(stream peer.Stream, text string) error {
	if err := c.ran(); err != nil {
		return err
	}
	if !c.p.Journal().Has(stream, text) {
		var said []string
		for _, l := range c.p.Journal().Lines(stream) {
			said = append(said, l.Text)
		}
		return &world.Mismatch{Code: "output", What: "what " + c.p.Command() + " says", Expected: text, Actual: strings.Join(said[:min(3, len(said))], "\n")}
	}
	return nil
}

func (c *cliRun) silent(stream peer.Stream, name string) error {
	if err := c.ran(); err != nil {
		return err
	}
	if list := c.p.Journal().Lines(stream); len(list) > 0 {
		return &world.Mismatch{Code: "output", What: name, Expected: "nothing", Actual: list[0].Text}
	}
	return nil
}

// everyOption is what a user of PlutoPlus and of this program may write.
var everyOption = strings.Fields(`-a -b -d -e -f -g -h -i -k -l -m -o -p -r -s -t -v -3
	--debug --wit --timeout --secretsfile --witdir --listen --peerport --group --kernel --natt --foreground --version`)

func (c *cliRun) usage() error {
	if err := c.ran(); err != nil {
		return err
	}
	for _, o := range everyOption {
		told := slices.ContainsFunc(c.p.Journal().Lines(peer.Out), func(l peer.Line) bool {
			words := strings.FieldsFunc(l.Text, func(r rune) bool { return r == ' ' || r == ',' || r == '[' || r == '=' })
			return slices.Contains(words[:min(2, len(words))], o)
		})
		if !told {
			return &world.Mismatch{Code: "output", What: "usage text", Expected: "a line for " + o, Actual: "none"}
		}
	}
	return nil
}
