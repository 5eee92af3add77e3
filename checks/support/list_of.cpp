#include "checks/support/list_of.hpp"

namespace postflight {

std::shared_ptr<const ListReading> read_list(const ListUse& use, const ApiResource& resource,
                                             const CheckContext& context) {
  try {
    return context.clients.kubernetes.read(use, context.today, limits_of(context));
  } catch (const KubernetesError& error) {
    if (error.status() != 404) throw;
    explain_not_found(context.clients.kubernetes, resource, limits_of(context));
  }
}

}  // namespace postflight
