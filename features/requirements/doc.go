// Package requirements is the catalogue that the tags of the feature files refer to: every
// testable requirement of IKEv1, its extensions, IPsec and IKEv2 with its level and source, and
// every feature of the programs.
//
// The data is catalogue.tsv, one row an ID. A tag that looks like an ID and is not in it is an
// error: Tag says so.
package requirements
