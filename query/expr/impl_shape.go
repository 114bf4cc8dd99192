package expr

import (
	"maps"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/geometry"
)

type calc = geometry.Calc

// shapes are the functions and operators of geometric types.
func shapes() map[string]any {
	all := map[string]any{}
	for _, chapter := range []map[string]any{points(), lines(), lsegs(), boxes(), paths(), polygons(), circles(), shapeDistances(), shapePlaces()} {
		maps.Copy(all, chapter)
	}
	return all
}

// shape1 computes of one shape.
func shape1[A, R any](f func(*calc, A) R) Func1 {
	return func(env *Env, a types.Datum) (types.Datum, error) {
		c := calc{Check: goesOn(env)}
		r := f(&c, shapeOf[A](a))
		if err := c.Err(); err != nil {
			return types.Null, err
		}
		return datumOfShape(r), nil
	}
}

// shape2 computes of two.
func shape2[A, B, R any](f func(*calc, A, B) R) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) {
		c := calc{Check: goesOn(env)}
		r := f(&c, shapeOf[A](a), shapeOf[B](b))
		if err := c.Err(); err != nil {
			return types.Null, err
		}
		return datumOfShape(r), nil
	}
}

// turned is shape2 with the arguments the other way round.
func turned[A, B, R any](f func(*calc, A, B) R) Func2 {
	return shape2(func(c *calc, b B, a A) R { return f(c, a, b) })
}

func shapeOf[T any](d types.Datum) (v T) {
	switch p := any(&v).(type) {
	case *float64:
		*p = d.Float()
	case *int:
		*p = int(d.Int())
	case *geometry.Point:
		*p = geometry.PointOf(d.Str())
	case *geometry.Lseg:
		*p = geometry.LsegOf(d.Str())
	case *geometry.Box:
		*p = geometry.BoxOf(d.Str())
	case *geometry.Line:
		*p = geometry.LineOf(d.Str())
	case *geometry.Path:
		*p = geometry.PathOf(d.Str())
	case *geometry.Polygon:
		*p = geometry.PolygonOf(d.Str())
	case *geometry.Circle:
		*p = geometry.CircleOf(d.Str())
	default:
		panic("expr: no shape")
	}
	return v
}

// datumOfShape takes a pointer for what may be NULL.
func datumOfShape(r any) types.Datum {
	switch v := r.(type) {
	case bool:
		return types.Bool(v)
	case float64:
		return types.Float(v)
	case int:
		return types.Int(int64(v))
	case interface{ Bytes() string }:
		switch p := r.(type) {
		case *geometry.Point:
			if p == nil {
				return types.Null
			}
		case *geometry.Box:
			if p == nil {
				return types.Null
			}
		case *geometry.Path:
			if p == nil {
				return types.Null
			}
		}
		return types.String(v.Bytes())
	case *float64:
		if v == nil {
			return types.Null
		}
		return types.Float(*v)
	}
	panic("expr: no shape")
}

// relations compare what a shape is measured by, within the epsilon. What is wrong with the second is told first.
func relations[A any](all map[string]any, prefix string, measure func(*calc, A) float64) {
	for suffix, holds := range geometry.Relations {
		all[prefix+suffix] = shape2(func(c *calc, a, b A) bool {
			second := measure(c, b)
			return holds(measure(c, a), second)
		})
	}
}

func points() map[string]any {
	return map[string]any{
		"construct_point": shape2((*calc).NewPoint),
		"point_eq":        shape2((*calc).PointSame), "point_ne": shape2((*calc).PointDiffers),
		"point_left": shape2((*calc).PointLeft), "point_right": shape2((*calc).PointRight),
		"point_above": shape2((*calc).PointAbove), "point_below": shape2((*calc).PointBelow),
		"point_vert": shape2((*calc).PointVertical), "point_horiz": shape2((*calc).PointHorizontal),
		"point_add": shape2((*calc).PointAdd), "point_sub": shape2((*calc).PointSub),
		"point_mul": shape2((*calc).PointMul), "point_div": shape2((*calc).PointDiv),
		"point_distance": shape2((*calc).PointDistance), "point_slope": shape2((*calc).Slope),
		"points_box": shape2((*calc).NewBox), "point_box": shape1((*calc).PointBox),
	}
}

func lines() map[string]any {
	return map[string]any{
		"line_construct_pp": shape2((*calc).LineThrough),
		"line_eq":           shape2((*calc).LinesEqual),
		"line_intersect":    shape2((*calc).LinesCross), "line_parallel": shape2((*calc).LinesParallel), "line_perp": shape2((*calc).LinesPerpendicular),
		"line_vertical": shape1((*calc).LineVertical), "line_horizontal": shape1((*calc).LineHorizontal),
		"line_interpt": shape2((*calc).LineCrossing), "line_distance": shape2((*calc).LineDistance),
	}
}

func lsegs() map[string]any {
	all := map[string]any{}
	relations(all, "lseg_", (*calc).LsegLength)
	maps.Copy(all, map[string]any{ // lengths are not what = is about
		"lseg_construct": shape2((*calc).NewLseg),
		"lseg_eq":        shape2((*calc).LsegsEqual), "lseg_ne": shape2((*calc).LsegsDiffer),
		"lseg_length": shape1((*calc).LsegLength), "lseg_center": shape1((*calc).LsegCenter),
		"lseg_parallel": shape2((*calc).LsegsParallel), "lseg_perp": shape2((*calc).LsegsPerpendicular),
		"lseg_vertical": shape1((*calc).LsegVertical), "lseg_horizontal": shape1((*calc).LsegHorizontal),
		"lseg_intersect": shape2((*calc).LsegsCross), "lseg_interpt": shape2((*calc).LsegCrossing),
	})
	return all
}

func boxes() map[string]any {
	all := map[string]any{
		"box_same": shape2((*calc).BoxSame), "box_overlap": shape2((*calc).BoxOverlaps),
		"box_left": shape2((*calc).BoxLeft), "box_overleft": shape2((*calc).BoxOverLeft),
		"box_right": shape2((*calc).BoxRight), "box_overright": shape2((*calc).BoxOverRight),
		"box_below": shape2((*calc).BoxBelow), "box_overbelow": shape2((*calc).BoxOverBelow),
		"box_above": shape2((*calc).BoxAbove), "box_overabove": shape2((*calc).BoxOverAbove),
		"box_below_eq": shape2((*calc).BoxBelowOrTouches), "box_above_eq": shape2((*calc).BoxAboveOrTouches),
		"box_contain": shape2((*calc).BoxContains), "box_contained": shape2((*calc).BoxContained),
		"box_contain_pt": shape2((*calc).BoxHas), "on_pb": turned((*calc).BoxHas), "on_sb": shape2((*calc).LsegInBox),
		"box_area": shape1((*calc).BoxArea), "box_width": shape1((*calc).BoxWidth), "box_height": shape1((*calc).BoxHeight),
		"box_center": shape1((*calc).BoxCenter), "box_diagonal": shape1((*calc).BoxDiagonal), "box_distance": shape2((*calc).BoxDistance),
		"box_intersect": shape2((*calc).BoxCommon), "boxes_bound_box": shape2((*calc).BoxBound),
		"box_add": shape2((*calc).BoxAdd), "box_sub": shape2((*calc).BoxSub), "box_mul": shape2((*calc).BoxMul), "box_div": shape2((*calc).BoxDiv),
		"box_poly": shape1((*calc).BoxPolygon), "box_circle": shape1((*calc).BoxCircle),
	}
	relations(all, "box_", (*calc).BoxArea)
	delete(all, "box_ne") // there is no <> of boxes
	return all
}

func paths() map[string]any {
	all := map[string]any{
		"path_area": shape1((*calc).PathArea), "path_length": shape1((*calc).PathLength), "path_npoints": shape1((*calc).PathPoints),
		"path_isclosed": shape1((*calc).PathClosed), "path_isopen": shape1((*calc).PathOpen),
		"path_close": shape1((*calc).PathClose), "path_open": shape1((*calc).PathToOpen),
		"path_inter": shape2((*calc).PathsCross), "path_distance": shape2((*calc).PathDistance), "path_add": shape2((*calc).PathAdd),
		"on_ppath": turned((*calc).PathHas), "path_contain_pt(path,point)": shape2((*calc).PathHas),
		"path_poly": shape1((*calc).PathPolygon),
	}
	for op, holds := range map[string]string{"lt": "<", "le": "<=", "eq": "=", "ge": ">=", "gt": ">"} {
		test := orderTest(holds)
		all["path_n_"+op] = shape2(func(c *calc, p, q geometry.Path) bool { return test(c.PathPoints(p) - c.PathPoints(q)) })
	}
	for name, move := range map[string]func(*calc, geometry.Point, geometry.Point) geometry.Point{
		"add": (*calc).PointAdd, "sub": (*calc).PointSub, "mul": (*calc).PointMul, "div": (*calc).PointDiv,
	} {
		all["path_"+name+"_pt"] = shape2(func(c *calc, p geometry.Path, by geometry.Point) geometry.Path { return c.PathMove(p, by, move) })
	}
	return all
}

func polygons() map[string]any {
	return map[string]any{
		"poly_left": shape2((*calc).PolygonLeft), "poly_overleft": shape2((*calc).PolygonOverLeft),
		"poly_right": shape2((*calc).PolygonRight), "poly_overright": shape2((*calc).PolygonOverRight),
		"poly_below": shape2((*calc).PolygonBelow), "poly_overbelow": shape2((*calc).PolygonOverBelow),
		"poly_above": shape2((*calc).PolygonAbove), "poly_overabove": shape2((*calc).PolygonOverAbove),
		"poly_same": shape2((*calc).PolygonSame), "poly_overlap": shape2((*calc).PolygonOverlaps),
		"poly_contain": shape2((*calc).PolygonContains), "poly_contained": shape2((*calc).PolygonContained),
		"poly_contain_pt": shape2((*calc).PolygonHas), "pt_contained_poly": turned((*calc).PolygonHas),
		"poly_npoints": shape1((*calc).PolygonPoints), "poly_center": shape1((*calc).PolygonCenter),
		"poly_box": shape1((*calc).PolygonBox), "spg_poly_quad_compress": shape1((*calc).PolygonBox),
		"poly_path": shape1((*calc).PolygonPath), "poly_circle": shape1((*calc).PolygonCircle),
		"poly_distance": shape2((*calc).PolygonDistance),
	}
}

func circles() map[string]any {
	const pointsOfCast = 12
	polygon := func(c *calc, n int, a geometry.Circle) geometry.Polygon {
		return c.CirclePolygon(n, a, libmCos, libmSin)
	}
	all := map[string]any{
		"cr_circle": shape2((*calc).NewCircle), "circle_same": shape2((*calc).CircleSame), "circle_overlap": shape2((*calc).CircleOverlaps),
		"circle_left": shape2((*calc).CircleLeft), "circle_overleft": shape2((*calc).CircleOverLeft),
		"circle_right": shape2((*calc).CircleRight), "circle_overright": shape2((*calc).CircleOverRight),
		"circle_below": shape2((*calc).CircleBelow), "circle_overbelow": shape2((*calc).CircleOverBelow),
		"circle_above": shape2((*calc).CircleAbove), "circle_overabove": shape2((*calc).CircleOverAbove),
		"circle_contain": shape2((*calc).CircleContains), "circle_contained": shape2((*calc).CircleContained),
		"circle_contain_pt": shape2((*calc).CircleHas), "pt_contained_circle": turned((*calc).CircleHas),
		"circle_add_pt": shape2((*calc).CircleAdd), "circle_sub_pt": shape2((*calc).CircleSub),
		"circle_mul_pt": shape2((*calc).CircleMul), "circle_div_pt": shape2((*calc).CircleDiv),
		"circle_area": shape1((*calc).CircleArea), "circle_diameter": shape1((*calc).CircleDiameter), "circle_radius": shape1((*calc).CircleRadius),
		"circle_center": shape1((*calc).CircleCenter), "circle_box": shape1((*calc).CircleBox), "circle_distance": shape2((*calc).CircleDistance),
		"circle_poly":     shape2(polygon),
		"polygon(circle)": shape1(func(c *calc, a geometry.Circle) geometry.Polygon { return polygon(c, pointsOfCast, a) }),
	}
	relations(all, "circle_", (*calc).CircleArea)
	return all
}

// shapeDistances are <-> of two types.
func shapeDistances() map[string]any {
	return map[string]any{
		"dist_pl": shape2((*calc).PointLineDistance), "dist_lp": turned((*calc).PointLineDistance),
		"dist_ps": shape2((*calc).PointLsegDistance), "dist_sp": turned((*calc).PointLsegDistance),
		"dist_ppath": shape2((*calc).PointPathDistance), "dist_pathp": turned((*calc).PointPathDistance),
		"dist_pb": shape2((*calc).PointBoxDistance), "dist_bp": turned((*calc).PointBoxDistance),
		"dist_sl": shape2((*calc).LsegLineDistance), "dist_ls": turned((*calc).LsegLineDistance),
		"dist_bs": shape2((*calc).BoxLsegDistance), "dist_sb": turned((*calc).BoxLsegDistance),
		"dist_cpoly": shape2((*calc).CirclePolygonDistance), "dist_polyc": turned((*calc).CirclePolygonDistance),
		"dist_ppoly": shape2((*calc).PointPolygonDistance), "dist_polyp": turned((*calc).PointPolygonDistance),
		"dist_pc": shape2((*calc).PointCircleDistance), "dist_cpoint": turned((*calc).PointCircleDistance),
		"lseg_distance": shape2((*calc).LsegDistance),
	}
}

// shapePlaces are what is nearest, what is on another and what crosses, of two types.
func shapePlaces() map[string]any {
	return map[string]any{
		"close_pl": shape2((*calc).NearestOnLine), "close_ps": shape2((*calc).NearestOnLseg), "close_pb": shape2((*calc).NearestInBox),
		"close_ls": shape2((*calc).NearestToLine), "close_lseg": shape2((*calc).NearestOnOther), "close_sb": shape2((*calc).NearestBoxToLseg),
		"on_pl": turned((*calc).LineHas), "on_ps": turned((*calc).LsegHas), "on_sl": shape2((*calc).LsegOnLine),
		"inter_sl": shape2((*calc).LsegCrossesLine), "inter_sb": shape2((*calc).LsegCrossesBox), "inter_lb": shape2((*calc).LineCrossesBox),
	}
}
