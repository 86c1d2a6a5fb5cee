/* pure.c - see pure.h */
#include "config.h"

#include "codecache/jit/ir.h"
#include "codecache/jit/pure.h"
#include "codecache/jit/rt.h"

/* Functions of the runtime that change nothing, for operands of builtin types. */
static const bool pure_members[RT_MEMBER_COUNT] = {
#define X(name) [RT_MEMBER_##name] = true
	X(box_i64),
	X(box_f64),
	X(box_bool),
	X(box_i128),
	X(new_ref),
	X(bound_function),
	X(bound_self),
	X(unbox_i64),
	X(unbox_f64),
	X(unbox_bool),
	X(global_is),
	X(is_handled),
	X(raised),
	X(int_fails),
	X(float_fails),
	X(dict_find),
	X(dict_find_ints),
	X(is_plain_exception),
	X(i64_pow),
	X(i64_powmod),
	X(i64_mulmod),
	X(f64_pow),
	X(sum),
	X(min),
	X(max),
	X(f64_floordiv),
	X(f64_mod),
	X(binary),
	X(append_str),
	X(negative),
	X(positive),
	X(invert),
	X(compare),
	X(compare_quick),
	X(truth),
	X(contains),
	X(get_item),
	X(dict_item),
	X(dict_item_ints),
	X(get_item_ints),
	X(contains_ints),
	X(length),
	X(length_quick),
	X(truth_quick),
	X(instance_quick),
	X(unpack),
	X(unpack_ex),
	X(format),
	X(new_list),
	X(new_tuple),
	X(new_set),
	X(new_dict),
	X(new_dict_of),
	X(new_str),
	X(new_slice),
	X(new_bound),
	X(new_range),
	X(list_to_tuple),
	X(new_bytearray),
	X(poll),
	X(get_slice),
	X(box_complex),
	X(box_u64),
	X(to_f64),
	X(f64_hypot),
	X(f64_rint),
	X(str_of_i64),
	X(str_of_f64),
	X(format_i64),
	X(format_f64),
	X(int_of_str),
	X(ord_of),
	X(float_of_str),
	X(int_of_bytes),
	X(bytes_of_int),
	X(bytes_of_byte),
	X(bit_length),
	X(bit_count),
	X(is_whole),
	X(f64_round),
	X(str_find),
	X(str_index),
	X(str_count),
	X(str_matches),
	X(dict_get),
	X(dict_get_i64),
	X(dict_get_ints),
	X(dict_get_ints_i64),
	X(part_equal),
	X(int_binary),
	X(int_binary_i64),
	X(i64_binary_int),
	X(i64_binary),
	X(int_divmod),
	X(int_divmod_i64),
	X(int_powmod),
	X(int_power),
	X(int_absolute),
	X(int_bit_length),
	X(int_bit_count),
	X(int_mod_i64),
	X(int_low_bits),
	X(int_compare),
	X(int_compare_i64),
	X(get_iter),
	X(next),
	X(next_item),
	X(next_ended),
	X(list_of_range),
	X(table_of),
	X(deque_item),
	X(numbers_new),
	X(numbers_grow),
	X(numbers_seen),
	X(numbers_drop),
	X(numbers_to_list),
	X(numbers_repeat_i64),
	X(numbers_repeat_f64),
	X(numbers_of_range),
	X(numbers_get_slice),
	X(numbers_set_slice),
	X(numbers_del_slice),
	X(numbers_append_row),
	X(numbers_concat),
	X(numbers_extend),
	X(numbers_extend_const),
	X(numbers_insert_i64),
	X(numbers_insert_f64),
	X(numbers_remove),
	X(numbers_reverse),
	X(numbers_sort),
	X(numbers_contain_i64),
	X(numbers_sum),
	X(numbers_min),
	X(numbers_max),
	X(numbers_to_tuple),
	X(keys_sorted),
#undef X
};

/* What these change is an object of the call's own. */
static bool is_own(const struct ir_instr *object)
{
	return object->op == IR_PARAM || object->op == IR_TAKE_ARG ||
	       (object->op == IR_RT_OBJ &&
		(object->imm.index == RT_MEMBER_new_list || object->imm.index == RT_MEMBER_list_of_range ||
		 object->imm.index == RT_MEMBER_new_bytearray || object->imm.index == RT_MEMBER_new_set ||
		 object->imm.index == RT_MEMBER_new_dict));
}

static bool changes_own(const struct ir_instr *i)
{
	switch (i->imm.index) {
	case RT_MEMBER_list_append:
	case RT_MEMBER_list_pop:
	case RT_MEMBER_list_extend:
	case RT_MEMBER_list_extend_ints:
	case RT_MEMBER_list_extend_floats:
	case RT_MEMBER_list_insert:
	case RT_MEMBER_list_reverse:
	case RT_MEMBER_list_sort:
	case RT_MEMBER_keys_sort:
	case RT_MEMBER_set_update:
	case RT_MEMBER_dict_update:
	case RT_MEMBER_del_item:
	case RT_MEMBER_bytearray_append:
	case RT_MEMBER_set_add:
	case RT_MEMBER_set_add_ints:
	case RT_MEMBER_set_discard:
	case RT_MEMBER_set_discard_ints:
	case RT_MEMBER_dict_pop:
	case RT_MEMBER_dict_setdefault:
	case RT_MEMBER_set_item_ints:
	case RT_MEMBER_set_item_ints_i64:
	case RT_MEMBER_set_item_ints_f64:
	case RT_MEMBER_set_item_i64:
	case RT_MEMBER_set_item_f64:
	case RT_MEMBER_dict_set:
	case RT_MEMBER_set_slice:
	case RT_MEMBER_del_slice:
	case RT_MEMBER_set_item: return i->n_args > 0 && is_own(i->args[0]);
	default: return false;
	}
}

/* A global may be any object: what is done with it must not run code of a class, and not change it. */
static bool may_see_global(const struct ir_instr *i)
{
	switch (i->op) {
	case IR_GUARD:
	case IR_GUARD_SET:
	case IR_GUARD_TYPE:
	case IR_GUARD_FUNCTION:
	case IR_MODULE_ATTR:
	case IR_CLASS_ATTR:
	case IR_GUARD_C:
	case IR_FUNCTION_IS:
	case IR_TYPE_IS:
	case IR_OBJ_IS:
	case IR_OBJ_IS_NULL:
	case IR_CALL_ENTER:
	case IR_INCREF:
	case IR_DECREF:
	case IR_OBJ_TO_F64:
	case IR_OBJ_REAL:
	case IR_OBJ_IMAG:
	case IR_UNBOX_I64:
	case IR_UNBOX_SUBINT:
	case IR_UNBOX_U64:
	case IR_TABLE_INT:
	case IR_UNBOX_F64:
	case IR_UNBOX_BOOL:
	case IR_LIST_LEN:
	case IR_LIST_ITEM:
	case IR_LIST_AT:
	case IR_TUPLE_LEN:
	case IR_TUPLE_ITEM:
	case IR_TUPLE_AT:
	case IR_BUFFER_IS:
	case IR_BUFFER_LEN:
	case IR_BUFFER_DATA:
	case IR_VIEW_OPEN: return true;
	case IR_RT_OBJ:
		return i->imm.index == RT_MEMBER_sum || i->imm.index == RT_MEMBER_min ||
		       i->imm.index == RT_MEMBER_max || i->imm.index == RT_MEMBER_new_ref;
	default: return false;
	}
}

static bool is_of_a_namespace(const struct ir_instr *i)
{
	return i->op == IR_GLOBAL_OBJ || i->op == IR_MODULE_ATTR || i->op == IR_CLASS_ATTR;
}

static bool instr_is_pure(const struct ir_instr *i)
{
	for (uint32_t k = 0; k < i->n_args; k++)
		if (is_of_a_namespace(i->args[k]) && !may_see_global(i))
			return false;
	switch (i->op) {
	case IR_PLANT:
	case IR_ATTR_VALUE:
	case IR_ATTR_FUNCTION:
	case IR_SIDE_EXIT:
	case IR_FUNCTION_CELL:
	case IR_CLOSURE_CELL: return false;
	case IR_FRAME_AT:
	case IR_FRAME_ENDS:
	case IR_INCREF:
	case IR_DECREF:
	case IR_TAKE_ARG:
	case IR_GIVE_ARG:
	case IR_CALL_ENTER:
	case IR_CALL_I64:
	case IR_CALL_F64:
	case IR_CALL_BOOL:
	case IR_CALL_OBJ:
	case IR_CALL_VALUES:
	case IR_TAKE_VALUES:
	case IR_VALUE_I64:
	case IR_VALUE_F64:
	case IR_VALUE_BOOL:
	case IR_VALUE_OBJ:
	case IR_CALL_KEPT:
	case IR_CALL_REST:
	case IR_RT_SECOND:
	case IR_INTS_SET:
	case IR_INTS_APPEND:
	case IR_FLOATS_SET:
	case IR_FLOATS_APPEND:
	case IR_DATA_SET_INT:
	case IR_DATA_SET_FLOAT:
	case IR_TELL:
	case IR_FUNCTION_IS: return true;
	case IR_RT_OBJ:
	case IR_RT_BOOL:
	case IR_RT_I64:
	case IR_RT_DO:
	case IR_RT_TRY:
	case IR_RT_STATUS: return pure_members[i->imm.index] || changes_own(i);
	case IR_LIST_SET:
	case IR_LIST_SET_I64:
	case IR_LIST_SET_F64:
	case IR_LIST_APPEND:
	case IR_LIST_APPEND_I64:
	case IR_LIST_APPEND_F64:
	case IR_ARRAY_APPEND_INT:
	case IR_ARRAY_APPEND_FLOAT:
	case IR_BYTEARRAY_APPEND: return is_own(i->args[0]);
	case IR_STORE_INT:
	case IR_STORE_FLOAT: /* a memoryview's are somebody else's */
		return i->args[0]->op == IR_BUFFER_DATA && i->args[0]->imm.index != LAYOUT_VIEW &&
		       is_own(i->args[0]->args[0]);
	default: return !(ir_op_info[i->op].flags & (IR_WRITE | IR_EFFECT));
	}
}

bool ir_is_pure(struct ir_function *f)
{
	ir_for_each_member (f, m)
		ir_for_each_block (m, b)
			ir_for_each_instr (b, i)
				if (!instr_is_pure(i))
					return false;
	return true;
}
