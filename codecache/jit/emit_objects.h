/* emit_objects.h - rows of the emitter's table that are about objects; for emit_ops.c only. */
#pragma once

#include "codecache/jit/emit_priv.h"

void emit_param(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_take_arg(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_give_arg(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_waits_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_waits(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_is_null(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_guard_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_type_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_guard_type(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_incref(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_decref(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_obj(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_bool(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_do(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_try(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_ask(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_status(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_rt_second(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_size(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_data(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_data_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_tuple_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_tuple_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_append_number(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_numbers_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_numbers_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_data_set_number(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_return_owned(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_frame_ends(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_frame_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_closure_cell(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_function_cell(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_copy_closure(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_part(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_cell_value(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_cell_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_cell_set_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_cell_set_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
uint32_t emit_globals_of(const struct emitter *e);
void emit_global_obj(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_guard_global(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_module_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_guard_c(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_arg(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_guard_function(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_function_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_class_init(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_record_class(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_take_record(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_guard_calls(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_call_new(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_call_enter(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_direct_call(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_take_values(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_value_of_call(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_return_values(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_call_kept(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_call_failed(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_call_rest(struct emitter *e, const struct ir_instr *i, const struct op_row *row);

/* The index from the start; leaves if there is no such item. */
gcc_jit_rvalue *emit_checked_index(struct emitter *e, const struct ir_instr *i);

/* emit_attr.c */
void emit_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_function(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_value(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_set(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_set_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_put_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_put_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_put_bool(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_set_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_obj_type_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_class_attr(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_type_method(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_type_method_of_two(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_attr_method(struct emitter *e, const struct ir_instr *i, const struct op_row *row);

/* emit_bytes.c */
void emit_index(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_bytes_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_str_equal(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_str_is_latin1(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_str_at(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_char(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_char_code(struct emitter *e, const struct ir_instr *i, const struct op_row *row);

/* emit_buffers.c */
void emit_buffer_is(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_view_open(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_buffer_len(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_buffer_data(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_load_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_fit(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_store_item(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_array_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_bytearray_append(struct emitter *e, const struct ir_instr *i, const struct op_row *row);

/* emit_numbers.c */
void emit_float_value(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_unbox_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_obj_real(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_obj_imag(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_obj_to_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_table_of(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_table_int(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_unbox_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_unbox_bool(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_set_f64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
void emit_list_set_i64(struct emitter *e, const struct ir_instr *i, const struct op_row *row);
