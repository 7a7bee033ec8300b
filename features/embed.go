// Package features holds the scenarios: Gherkin, a folder a subject, tagged with the IDs of
// features/requirements and with RFC clauses.
package features

import "embed"

// Files are the feature files, below their subjects.
//
//go:embed wit phase1 info robust kernel interop sadb natt
var Files embed.FS
