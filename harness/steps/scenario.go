package steps

import (
	"strings"

	"ikewit/harness/world"
)

// A scenario binds the sentences to one world.
type scenario struct {
	w   *world.World
	cli cliRun
}

// rows is the whole language, noun by noun, bound to a scenario; with nil it can be read and not be run.
func rows(s *scenario) []row {
	var all []row
	for _, noun := range []func(*scenario) []row{
		placeRows, secretRows, runRows, outputRows, messageRows, saRows, trafficRows, forgeryRows, cliRows, simulatorRows, interopRows, kernelRows, nattRows,
	} {
		all = append(all, noun(s)...)
	}
	return all
}

// unquote takes the backslashes off what stood between quotes.
func unquote(text string) string {
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(text)
}
