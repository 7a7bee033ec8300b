// Package steps is the language of the scenarios: which sentences there are, and what each does.
// One file a noun; each sentence is one row.
//
// A sentence is written with placeholders: {host} is alice, bob, carol or dave, {string} is quoted
// text, {text} the rest of the line, {int} a number, {word} anything without a blank, {time} a duration like 1.5s, and
// (s) a plural that may be left out. The row of a
// guard says that the thing under test really happened; when it does not hold, the scenario is
// unresolved, not failed.
package steps
