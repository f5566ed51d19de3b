from odoo import api, models


class Base(models.AbstractModel):
    """What the addon keeps for itself, said of each model beside its fields."""

    _inherit = "base"

    # by name: no menu for filters and groups offers them. Each class says its own
    _mobilepay_technical = ()

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Take the works inside out of what a person can filter and group by.

        Code still finds them, and filters that name them.
        """
        described = super().fields_get(allfields, attributes)
        for name in self._mobilepay_technical_names() & described.keys():
            described[name].update(searchable=False, groupable=False)
        return described

    def _mobilepay_technical_names(self):
        """Return what all classes of this model say, and of what it inherits from."""
        ancestry = [self, *map(self.env.__getitem__, self._inherits)]
        return {
            name
            for model in ancestry
            for part in type(model).mro()
            for name in vars(part).get("_mobilepay_technical", ())
        }
