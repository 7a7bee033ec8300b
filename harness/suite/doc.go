// Package suite knows which scenarios there are, which of them were asked for, and runs those,
// several at a time. It does not know what a step means.
//
// Feature files are read with the Gherkin library and every outline is expanded, so that each
// example is a Case of its own with an ID that a person can paste back: the file and the line,
// features/wit/esp.feature:41.
package suite
