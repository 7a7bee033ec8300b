// Package check is what every scenario is judged by: named predicates over the messages and packets
// that were seen on the wire, the SAs that the judge computed from them, and the SAs that both
// sides say they have.
//
// Each check is one row: its name, which scenarios and reports use; where its rule stands; and a
// function that reports what is not as it should be. A file a noun. Nothing here decodes with the
// code under test.
package check
