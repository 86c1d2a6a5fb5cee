/* rt_math.c - the functions of C that those of module math are, and how emitted code knows functions of C modules. */
#include "config.h"

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <string.h>

#include "codecache/jit/rt.h"
#include "codecache/runtime.h"
#include "codecache/runtime_priv.h"

#define F(name, unused)                    \
	double pf_rt_math_##name(double x) \
	{                                  \
		return name(x);            \
	}
RT_MATH_FUNCTIONS(F, )
#undef F

#define F(name, unused)                              \
	double pf_rt_math_##name(double x, double y) \
	{                                            \
		return name(x, y);                   \
	}
RT_MATH_FUNCTIONS_OF_TWO(F, )
#undef F

double pf_rt_f64_hypot(double x, double y)
{
	return hypot(x, y);
}

/* By halves to even, as CPython never changes how the processor rounds. */
double pf_rt_f64_rint(double x)
{
	return rint(x);
}

int pf_rt_to_f64(PyObject *object, double *ret)
{
	int64_t value;
	if (pf_rt_unbox_f64(object, ret))
		return 1;
	if (!pf_rt_unbox_i64(object, &value) && !pf_rt_unbox_bool(object, &value))
		return 0;
	*ret = (double)value;
	return 1;
}

/* ---- modules and their functions --------------------------------------------- */

PyObject *pf_rt_module_attr(PyObject *const *consts, PyObject *module, PyObject *name, int64_t at)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	if (!PyModule_CheckExact(module))
		return NULL;
	PyObject *dict = PyModule_GetDict(module);
	PyObject *value = PyDict_GetItemWithError(dict, name);
	if (!value)
		PyErr_Clear();
	cache[0] = ((PyDictObject *)dict)->ma_version_tag;
	cache[1] = (uint64_t)(uintptr_t)value;
	return value;
}

static const struct {
	const char *module, *name;
} c_functions[RT_C_FUNCTION_COUNT] = {
#define F(name, unused) [RT_C_math_##name] = { "math", #name },
	RT_MATH_FUNCTIONS(F, ) RT_MATH_FUNCTIONS_OF_TWO(F, ) F(sqrt, ) F(fabs, ) F(floor, ) F(ceil, ) F(trunc, )
		F(degrees, ) F(radians, ) F(isnan, )
#undef F
#define F(name) [RT_C_cmath_##name] = { "cmath", #name },
			F(exp) F(rect) F(phase)
#undef F
				[RT_C_operator_index] = { "_operator", "index" },
#define F(name) [RT_C_heapq_##name] = { "_heapq", #name },
	F(heappush) F(heappop) F(heapreplace) F(heappushpop)
#undef F
#define F(name) [RT_C_bisect_##name] = { "_bisect", #name },
		F(bisect_left) F(bisect_right) F(insort_left) F(insort_right)
#undef F
};

int pf_rt_c_function_is(PyObject *const *consts, PyObject *object, int64_t at, int64_t which)
{
	uint64_t *cache = (uint64_t *)&consts[at];
	if (!PyCFunction_CheckExact(object))
		return 0;
	const PyCFunctionObject *function = (PyCFunctionObject *)object;
	PyObject *module = function->m_module;
	if (!module || !PyUnicode_Check(module) ||
	    PyUnicode_CompareWithASCIIString(module, c_functions[which].module) != 0 ||
	    strcmp(function->m_ml->ml_name, c_functions[which].name) != 0)
		return 0;
	cache[0] = (uint64_t)(uintptr_t)function->m_ml;
	return 1;
}
