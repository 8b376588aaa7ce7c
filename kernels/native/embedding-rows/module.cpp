// The rows as a Node module: an object of functions for each set of instructions that this processor has, the best first. The
// functions take the memory of a table as bytes, then what the WebAssembly kernel's take.

#include <type_traits>

#include "../node.hpp"
#include "rows.hpp"

namespace rows {

#if defined(__x86_64__)
extern const Kernel avx512;
extern const Kernel avx2;
#endif
extern const Kernel plain;

}  // namespace rows

namespace {

using node::Arguments;
using node::check;
using rows::Kernel;

/** Reads one argument after the other, as each parameter wants it: a place in the memory, or a number. */
class Reader {
public:
  explicit Reader(const Arguments& arguments) : arguments_(arguments), memory_(arguments.array<uint8_t>(0)) {}

  template <typename Element>
  operator Element*() {
    return (Element*)(memory_ + (uint32_t)(int64_t)next());
  }
  operator uint32_t() { return (uint32_t)(int64_t)next(); }
  operator float() { return (float)next(); }

private:
  double next() { return arguments_.number(++at_); }

  const Arguments& arguments_;
  uint8_t* const memory_;
  int at_ = 0;
};

napi_value numberOf(const Arguments& arguments, uint32_t number) {
  napi_value value;
  check(napi_create_uint32(arguments.env, number, &value));
  return value;
}

/** A call whose arguments are read in their order, as those of a constructor in braces are. */
template <typename Result, typename... Given>
struct Call {
  Result result;
  Call(Result (*function)(Given...), Given... given) : result(function(given...)) {}
};

template <typename... Given>
struct Call<void, Given...> {
  Call(void (*function)(Given...), Given... given) { function(given...); }
};

template <typename Result, typename... Given>
napi_value call(const Arguments& arguments, Result (*function)(Given...)) {
  Reader reader(arguments);
  const Call<Result, Given...> done{function, static_cast<Given>(reader)...};
  if constexpr (std::is_void_v<Result>)
    return nullptr;
  else
    return numberOf(arguments, done.result);
}

/** One function of a kernel, which is what the function in JavaScript was defined with. */
template <auto Kernel::* function>
napi_value run(const Arguments& arguments) {
  return call(arguments, ((const Kernel*)arguments.data)->*function);
}

napi_property_descriptor property(const char* name, napi_callback callback, const Kernel& kernel) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, (void*)&kernel};
}

napi_value functionsOf(napi_env env, const Kernel& kernel) {
  using node::guarded;
  const napi_property_descriptor functions[] = {
      property("largest", guarded<run<&Kernel::largest>>, kernel),
      property("countOf", guarded<run<&Kernel::countOf>>, kernel),
      property("gather", guarded<run<&Kernel::gather>>, kernel),
      property("gatherBags", guarded<run<&Kernel::gatherBags>>, kernel),
      property("add", guarded<run<&Kernel::add>>, kernel),
      property("addBags", guarded<run<&Kernel::addBags>>, kernel),
      property("adagrad", guarded<run<&Kernel::adagrad>>, kernel),
      property("adam", guarded<run<&Kernel::adam>>, kernel),
  };
  napi_value object;
  check(napi_create_object(env, &object));
  check(napi_define_properties(env, object, sizeof functions / sizeof *functions, functions));
  return object;
}

}  // namespace

NAPI_MODULE_INIT() {
  const Kernel* const known[] = {
#if defined(__x86_64__)
      &rows::avx512,
      &rows::avx2,
#endif
      &rows::plain,
  };
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  try {
    for (const Kernel* each : known)
      if (each->runs()) check(napi_set_named_property(env, exports, each->name, functionsOf(env, *each)));
  } catch (const node::Failed&) {
    return nullptr;
  }
  return exports;
}
