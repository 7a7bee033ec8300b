package plutoplus

import (
	_ "embed"

	"ikewit/harness/peer"
)

//go:embed known-failures.txt
var knownFailures string

// KnownFailures are those of plutoplus. The error names the line that makes no sense.
func KnownFailures() ([]peer.Known, error) {
	return peer.ParseKnown("harness/peer/plutoplus/known-failures.txt", knownFailures)
}
