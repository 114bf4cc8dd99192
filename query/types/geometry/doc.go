// Package geometry computes with PostgreSQL's points, lines, line segments, boxes, paths, polygons and circles.
//
// It does the same operations on floats in the same order, so that results are the same to the last bit, and compares
// within an epsilon where PostgreSQL does. It knows neither types' numbers nor texts: package types reads and writes
// values, package expr binds functions.
package geometry
