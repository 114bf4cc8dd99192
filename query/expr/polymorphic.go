package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Polymorphic reports whether a type stands for others.
func Polymorphic(t types.OID) bool { return isPolymorphic(t) }

func isPolymorphic(t types.OID) bool { return isSimplePolymorphic(t) || isCompatible(t) }

func isSimplePolymorphic(t types.OID) bool {
	switch t {
	case types.AnyElementOID, types.AnyArrayOID, types.AnyNonArrayOID, types.AnyEnumOID, types.AnyRangeOID, types.AnyMultirangeOID:
		return true
	}
	return false
}

func isCompatible(t types.OID) bool {
	switch t {
	case types.AnyCompatibleOID, types.AnyCompatibleArrayOID, types.AnyCompatibleNonArrayOID, types.AnyCompatibleRangeOID, types.AnyCompatibleMultirangeOID:
		return true
	}
	return false
}

// Determined reports whether parameters of the given types tell what a polymorphic result
// of theirs stands for; else the reason. (PostgreSQL's check_valid_polymorphic_signature.)
func Determined(result types.OID, parameters []types.OID) (reason string, ok bool) {
	var from []types.OID
	switch {
	case result == types.AnyRangeOID || result == types.AnyMultirangeOID:
		from = []types.OID{types.AnyRangeOID, types.AnyMultirangeOID}
	case result == types.AnyCompatibleRangeOID || result == types.AnyCompatibleMultirangeOID:
		from = []types.OID{types.AnyCompatibleRangeOID, types.AnyCompatibleMultirangeOID}
	case isSimplePolymorphic(result):
		from = []types.OID{types.AnyElementOID, types.AnyArrayOID, types.AnyNonArrayOID, types.AnyEnumOID, types.AnyRangeOID, types.AnyMultirangeOID}
	case isCompatible(result):
		from = []types.OID{types.AnyCompatibleOID, types.AnyCompatibleArrayOID, types.AnyCompatibleNonArrayOID, types.AnyCompatibleRangeOID, types.AnyCompatibleMultirangeOID}
	default:
		return "", true
	}
	if slices.ContainsFunc(parameters, func(t types.OID) bool { return slices.Contains(from, t) }) {
		return "", true
	}
	names := make([]string, len(from))
	for i, t := range from {
		names[i] = typeName(t)
	}
	last := len(names) - 1
	names[last] = "or " + names[last]
	separator := ", "
	if last == 1 {
		separator = " "
	}
	return fmt.Sprintf("A result of type %s requires at least one input of type %s.", typeName(result), strings.Join(names, separator)), false
}

// polymorphicFit is PostgreSQL's check_generic_type_consistency.
func polymorphicFit(declared, args []types.OID) bool {
	_, err := solve(declared, args)
	return err == nil
}

// solution is what the polymorphic types of one call stand for; 0 = nothing.
type solution struct {
	elem, array               types.OID
	ranges, multiranges       types.OID
	compatible                types.OID
	compatibleRange           types.OID
	anyCompatible, anyPolymor bool
	anyEnum                   bool
}

// mismatch is the reason why arguments do not fit polymorphic parameters.
type mismatch string

func (m mismatch) Error() string { return string(m) }

func solve(declared, args []types.OID) (*solution, error) {
	s := &solution{}
	var compatible []types.OID
	for i, d := range declared {
		a := args[i]
		if isCompatible(d) {
			s.anyCompatible = true
			member, err := s.compatibleMember(d, a)
			if err != nil {
				return nil, err
			}
			if member != types.UnknownOID {
				compatible = append(compatible, member)
			}
			continue
		}
		if err := s.take(d, a); err != nil {
			return nil, err
		}
	}
	if err := s.settleElem(); err != nil {
		return nil, err
	}
	if err := s.settleRanges(); err != nil {
		return nil, err
	}
	if s.anyEnum && !types.IsEnum(s.elem) {
		return nil, mismatch(fmt.Sprintf("type matched to anyenum is not an enum type: %s", typeName(s.elem)))
	}
	return s, s.settleCompatible(declared, compatible)
}

// take notes one argument of the anyelement family.
func (s *solution) take(declared, actual types.OID) error {
	if !isSimplePolymorphic(declared) {
		return nil
	}
	s.anyPolymor, s.anyEnum = true, s.anyEnum || declared == types.AnyEnumOID
	if actual == types.UnknownOID {
		return nil
	}
	switch declared {
	case types.AnyElementOID, types.AnyNonArrayOID, types.AnyEnumOID:
		if s.elem != 0 && s.elem != actual {
			return mismatch(fmt.Sprintf("arguments declared %q are not all alike", "anyelement"))
		}
		if declared == types.AnyNonArrayOID && types.ElemOf(actual) != 0 {
			return mismatch(fmt.Sprintf("type matched to anynonarray is an array type: %s", typeName(actual)))
		}
		s.elem = actual
	case types.AnyArrayOID:
		return alike(&s.array, declared, actual)
	case types.AnyRangeOID:
		return alike(&s.ranges, declared, actual)
	case types.AnyMultirangeOID:
		return alike(&s.multiranges, declared, actual)
	}
	return nil
}

// alike notes a type that all arguments declared alike must have, under domains.
func alike(noted *types.OID, declared, actual types.OID) error {
	actual = types.BaseOf(actual)
	if *noted != 0 && *noted != actual {
		return mismatch(fmt.Sprintf("arguments declared %q are not all alike", typeName(declared)))
	}
	*noted = actual
	return nil
}

func (s *solution) settleElem() error {
	if s.array == 0 {
		return nil
	}
	elem := types.ElemOf(s.array)
	switch {
	case elem == 0:
		return mismatch(fmt.Sprintf("argument declared %s is not an array but type %s", "anyarray", typeName(s.array)))
	case s.elem != 0 && s.elem != elem:
		return mismatch(fmt.Sprintf("argument declared %s is not consistent with argument declared %s", "anyarray", "anyelement"))
	}
	s.elem = elem
	return nil
}

// settleRanges deduces the range of a multirange, the multirange of a range, and the
// element of both.
func (s *solution) settleRanges() error {
	if s.multiranges != 0 {
		of := types.RangeOf(s.multiranges)
		switch {
		case of == 0:
			return mismatch(fmt.Sprintf("argument declared %s is not a multirange type but type %s", "anymultirange", typeName(s.multiranges)))
		case s.ranges != 0 && s.ranges != of:
			return mismatch(fmt.Sprintf("argument declared %s is not consistent with argument declared %s", "anymultirange", "anyrange"))
		}
		s.ranges = of
	}
	if s.ranges == 0 {
		return nil
	}
	elem := types.SubtypeOf(s.ranges)
	switch {
	case elem == 0:
		return mismatch(fmt.Sprintf("argument declared %s is not a range type but type %s", "anyrange", typeName(s.ranges)))
	case s.elem != 0 && s.elem != elem:
		return mismatch(fmt.Sprintf("argument declared %s is not consistent with argument declared %s", "anyrange", "anyelement"))
	}
	s.elem, s.multiranges = elem, types.MultirangeOf(s.ranges)
	return nil
}

func (s *solution) compatibleMember(declared, actual types.OID) (types.OID, error) {
	if actual == types.UnknownOID {
		return actual, nil
	}
	actual = types.BaseOf(actual)
	switch declared {
	case types.AnyCompatibleArrayOID:
		if elem := types.ElemOf(actual); elem != 0 {
			return elem, nil
		}
		return 0, mismatch(fmt.Sprintf("argument declared %s is not an array but type %s", "anycompatiblearray", typeName(actual)))
	case types.AnyCompatibleRangeOID:
		if elem := types.SubtypeOf(actual); elem != 0 {
			return elem, alike(&s.compatibleRange, declared, actual)
		}
		return 0, mismatch(fmt.Sprintf("argument declared %s is not a range type but type %s", typeName(declared), typeName(actual)))
	case types.AnyCompatibleMultirangeOID:
		if of := types.RangeOf(actual); of != 0 {
			return types.SubtypeOf(of), alike(&s.compatibleRange, declared, of)
		}
		return 0, mismatch(fmt.Sprintf("argument declared %s is not a multirange type but type %s", typeName(declared), typeName(actual)))
	}
	return actual, nil
}

func (s *solution) settleCompatible(declared, members []types.OID) error {
	if !s.anyCompatible {
		return nil
	}
	common, ok := commonOID(members)
	if !ok {
		return mismatch("arguments of anycompatible family cannot be cast to a common type")
	}
	for _, d := range declared {
		if d == types.AnyCompatibleNonArrayOID && types.ElemOf(common) != 0 {
			return mismatch(fmt.Sprintf("type matched to anycompatiblenonarray is an array type: %s", typeName(common)))
		}
	}
	if elem := types.SubtypeOf(s.compatibleRange); elem != 0 && elem != common {
		return mismatch(fmt.Sprintf("anycompatiblerange type %s does not match anycompatible type %s", typeName(s.compatibleRange), typeName(common)))
	}
	s.compatible = common
	return nil
}

// apply returns what a declared type stands for.
func (s *solution) apply(declared types.OID) types.OID {
	switch declared {
	case types.AnyElementOID, types.AnyNonArrayOID, types.AnyEnumOID:
		return s.elem
	case types.AnyArrayOID:
		if s.array != 0 {
			return s.array
		}
		return types.ArrayOf(s.elem)
	case types.AnyCompatibleOID, types.AnyCompatibleNonArrayOID:
		return s.compatible
	case types.AnyCompatibleArrayOID:
		return types.ArrayOf(s.compatible)
	case types.AnyRangeOID:
		return s.ranges
	case types.AnyMultirangeOID:
		return s.multiranges
	case types.AnyCompatibleRangeOID:
		return s.compatibleRange
	case types.AnyCompatibleMultirangeOID:
		return types.MultirangeOf(s.compatibleRange)
	}
	return declared
}

// settle resolves the declared types of a call and its result, as PostgreSQL's
// enforce_generic_type_consistency does.
func settle(declared, args []types.OID, result types.OID) ([]types.OID, types.OID, error) {
	generic := false
	for _, d := range declared {
		generic = generic || isPolymorphic(d)
	}
	if !generic {
		return declared, result, nil
	}
	s, err := solve(declared, args)
	if err != nil {
		return nil, 0, sqlstate.New(sqlstate.DatatypeMismatch, "%s", err.Error())
	}
	if s.anyPolymor && s.elem == 0 {
		return nil, 0, sqlstate.New(sqlstate.DatatypeMismatch, "could not determine polymorphic type because input has type %s", "unknown")
	}
	settled := make([]types.OID, len(declared))
	for i, d := range declared {
		if settled[i] = s.apply(d); settled[i] == 0 {
			if result == types.AnyCompatibleRangeOID && d == types.AnyCompatibleMultirangeOID {
				d = result // PostgreSQL settles it before the arguments
			}
			return nil, 0, s.undetermined(d)
		}
	}
	r := s.apply(result)
	if r == 0 {
		return nil, 0, s.undetermined(result)
	}
	return settled, r, nil
}

// undetermined tells why a declared type stands for none: an element has one array type,
// but may have many range types.
func (s *solution) undetermined(declared types.OID) error {
	switch declared {
	case types.AnyArrayOID, types.AnyCompatibleArrayOID:
		return sqlstate.New(sqlstate.UndefinedObject, "could not find array type for data type %s", typeName(s.elem))
	}
	return sqlstate.New(sqlstate.DatatypeMismatch, "could not determine polymorphic type %s because input has type %s", typeName(declared), "unknown")
}
